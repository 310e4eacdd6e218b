import type { Clock, Timer } from '../core/clock.ts';
import { accessText } from './access-text.ts';
import type { ExchangeEnd } from './exchange-end.ts';

export interface AccessLogParts {
  readonly clock: Clock;
  /** What every line of the program says, beside level, time and the request's own fields. */
  readonly base: Readonly<Record<string, string>>;
  /** Whole lines, now and then; the bytes (UTF-8) are the receiver's own. */
  write(lines: Buffer): void;
}

/** Lines wait for so many bytes or so many milliseconds, whichever comes first; a crash loses them. */
const MAX_WAITING_BYTES = 64 * 1024;
const MAX_WAIT_MS = 200;
/** Of one UTF-16 unit in UTF-8. */
const MOST_BYTES_A_UNIT = 3;

/**
 * The access log: one line a request, written many at a time. Lines wait as bytes: as text each would be a tree of some thirty pieces,
 * kept by the collector and left by the processor's caches until it is written.
 */
export class AccessLog {
  readonly #parts: AccessLogParts;
  readonly #prefix: string;
  #waiting = Buffer.allocUnsafeSlow(MAX_WAITING_BYTES);
  #used = 0;
  #timer: Timer | null = null;

  constructor(parts: AccessLogParts) {
    this.#parts = parts;
    const base = JSON.stringify(parts.base).slice(1, -1);
    this.#prefix = base === '' ? '' : `${base},`;
  }

  add(end: ExchangeEnd): void {
    const { clock } = this.#parts;
    const line = `${accessText(end, this.#prefix, clock.wallMs())}\n`;
    const mostBytes = line.length * MOST_BYTES_A_UNIT;
    if (mostBytes > MAX_WAITING_BYTES - this.#used) this.flush();
    if (mostBytes > MAX_WAITING_BYTES) this.#parts.write(Buffer.from(line));
    else this.#used += this.#waiting.write(line, this.#used);
    if (this.#used > 0) this.#timer ??= clock.setTimer(MAX_WAIT_MS, () => this.flush());
  }

  flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#used === 0) return;
    const lines = this.#waiting.subarray(0, this.#used);
    this.#waiting = Buffer.allocUnsafeSlow(MAX_WAITING_BYTES);
    this.#used = 0;
    this.#parts.write(lines);
  }
}
