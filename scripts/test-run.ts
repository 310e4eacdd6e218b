import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileResult, runTestFile, TEST_LIMITS } from './test-file.ts';

export interface TestRunOptions {
  readonly namePattern: string | null;
  readonly signal: AbortSignal;
  ended(result: FileResult): void;
}

/** Most tests wait for a server most of the time, so two files at once pay off even on one core. */
const MIN_AT_ONCE = 2;
const MAX_AT_ONCE = 8;

/** Test files at a time on this machine. */
export function filesAtOnce(): number {
  return Math.min(Math.max(availableParallelism(), MIN_AT_ONCE), MAX_AT_ONCE);
}

/** Runs all files, a few at a time, in a temporary directory of their own that is removed at the end. */
export async function runTestFiles(files: readonly string[], options: TestRunOptions): Promise<FileResult[]> {
  const directory = mkdtempSync(join(tmpdir(), 'ldc-tests-'));
  const results: FileResult[] = [];
  const waiting = files.map((file, index) => ({ file, directory: join(directory, `${index}`) }));
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !options.signal.aborted; next = waiting.shift()) {
      mkdirSync(next.directory);
      const result = await runTestFile(next.file, { ...options, directory: next.directory, limits: TEST_LIMITS });
      rmSync(next.directory, { recursive: true, force: true });
      results.push(result);
      options.ended(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: filesAtOnce() }, worker));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return results;
}

const ROOTS = ['test', 'sim', 'bench', 'src'];

/** Test files of the repository at or below one of `paths` (all without paths), those of the whole repository first. */
export function testFiles(root: string, paths: readonly string[]): string[] {
  const all = ROOTS.flatMap((folder) => {
    const path = join(root, folder);
    // A clone has no empty folders.
    if (!existsSync(path)) return [];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name))
      .sort();
  });
  if (paths.length === 0) return all;
  return all.filter((file) => paths.some((path) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`)));
}
