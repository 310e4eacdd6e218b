import { execFileSync } from 'node:child_process';

/** Which source was measured. */
export interface SourceState {
  /** Commit, abbreviated; `unknown` outside of a repository. */
  readonly commit: string;
  /** False if a file differs from the commit; results that were written before do not count. */
  readonly isCommitted: boolean;
}

export function sourceState(directory: string): SourceState {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changes = git('status', '--porcelain', '--', ':/', ':(top,exclude)bench/results');
    return { commit: git('rev-parse', '--short=12', 'HEAD'), isCommitted: changes === '' };
  } catch {
    return { commit: 'unknown', isCommitted: false };
  }
}
