import { type FSWatcher, watch } from 'node:fs';
import { SqliteFile } from './sqlite-file.ts';
import type { FromWorker } from './worker-message.ts';

const LOCKED_PAUSE_MS = 20;

/** What the follower needs to know of the store; `undefined` keys say that the log no longer goes back so far. */
export interface ChangeLog {
  revision(): number;
  changedSince(revision: number): readonly string[] | undefined;
}

/**
 * Turns other processes' commits into hints. A writer touches the sign file after each commit, which the kernel reports
 * within a millisecond and for nothing (polling every 10 ms costs 2.5 % of a core); a slow poll covers lost signs, file
 * systems without notification, and writers that died between commit and sign.
 */
export class ChangeFollower {
  readonly #path: string;
  readonly #pollMs: number;
  readonly #log: () => ChangeLog;
  readonly #tell: (message: FromWorker) => void;
  readonly #waiting = new Set<number>();
  #revision: number | undefined;
  #isForeign = false;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  /** `log` gives the current file's log, opening it if need be; it may throw, and is asked again at the next poll. */
  constructor(path: string, pollMs: number, log: () => ChangeLog, tell: (message: FromWorker) => void) {
    this.#path = path;
    this.#pollMs = pollMs;
    this.#log = log;
    this.#tell = tell;
  }

  /** Answers `following` with `id` as soon as the file can be read; every later change will be told. */
  follow(id: number): void {
    this.#waiting.add(id);
    this.#timer ??= setInterval(() => this.look(), this.#pollMs);
    this.look();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#dropWatcher();
    this.#waiting.clear();
    this.#revision = undefined;
  }

  /** The file is another one than before: its revisions say nothing about what was missed. */
  forget(): void {
    this.#isForeign = this.#revision !== undefined;
  }

  /** Looks for changes now; cheap when there are none. */
  look(): void {
    if (this.#timer === undefined) return;
    try {
      const log = this.#log();
      // Listen first, look second: a commit between the two is seen by the look.
      this.#watchSign();
      this.#catchUp(log);
      for (const id of this.#waiting) this.#tell({ kind: 'following', id, revision: String(this.#revision) });
      this.#waiting.clear();
    } catch {
      // Calls report why the file cannot be read; the follower has only to go on when it can. Mostly another process is
      // opening or closing the file, which takes a moment.
      if (this.#retry === undefined) this.#retry = setTimeout(() => this.#lookAgain(), LOCKED_PAUSE_MS);
    }
  }

  #lookAgain(): void {
    this.#retry = undefined;
    this.look();
  }

  #catchUp(log: ChangeLog): void {
    const before = this.#revision;
    const revision = log.revision();
    if (before === undefined || (revision === before && !this.#isForeign)) {
      this.#revision = revision;
      return;
    }
    const keys = revision < before || this.#isForeign ? undefined : log.changedSince(before);
    this.#revision = revision;
    this.#isForeign = false;
    if (keys === undefined) {
      this.#tell({
        kind: 'lagged',
        reason: `revision ${revision} follows ${before}, and the changes between are not known`,
      });
    } else if (keys.length > 0) {
      this.#tell({ kind: 'changed', keys });
    }
  }

  #watchSign(): void {
    if (this.#watcher !== undefined) return;
    try {
      const watcher = watch(SqliteFile.signPath(this.#path), (event) => {
        // The sign file was removed or replaced: listen to the new one from the next look on.
        if (event === 'rename') this.#dropWatcher();
        this.look();
      });
      watcher.on('error', () => this.#dropWatcher());
      this.#watcher = watcher;
    } catch {
      this.#watcher = undefined;
    }
  }

  #dropWatcher(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
