import { statSync } from 'node:fs';
import type { Clock, Timer } from '../core/clock.ts';

/**
 * Calls back when one of the files was replaced or changed, looking every `intervalMs`: a look works for every way in which
 * certificates are rotated (rename, symbolic links of mounted secrets), a watch on the file itself does not.
 */
export class FileWatch {
  readonly #files: readonly string[];
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #onChange: () => void;
  #seen: string;
  #timer: Timer;

  constructor(files: readonly string[], clock: Clock, intervalMs: number, onChange: () => void) {
    this.#files = files;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#onChange = onChange;
    this.#seen = this.#look();
    this.#timer = this.#next();
  }

  close(): void {
    this.#timer.cancel();
  }

  #next(): Timer {
    return this.#clock.setTimer(this.#intervalMs, () => {
      const now = this.#look();
      if (now !== this.#seen) {
        this.#seen = now;
        this.#onChange();
      }
      this.#timer = this.#next();
    });
  }

  #look(): string {
    return this.#files.map(stampOf).join(' ');
  }
}

/** A file that is not there for a moment is a change, and its return another. */
function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs}:${size}:${ino}`;
  } catch {
    return 'missing';
  }
}
