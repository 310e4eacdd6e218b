import type { Clock, Timer } from '../core/clock.ts';
import { accessText } from './access-text.ts';
import type { ExchangeEnd } from './exchange-end.ts';

export interface AccessLogParts {
  readonly clock: Clock;
  /** What every line of the program says, beside level, time and the request's own fields. */
  readonly base: Readonly<Record<string, string>>;
  /** Whole lines, now and then. */
  write(lines: string): void;
}

/** Lines wait for so many characters or so many milliseconds, whichever comes first; a crash loses them. */
const MAX_WAITING = 64 * 1024;
const MAX_WAIT_MS = 200;

/** The access log: one line a request, written many at a time. */
export class AccessLog {
  readonly #parts: AccessLogParts;
  readonly #prefix: string;
  #waiting = '';
  #timer: Timer | null = null;

  constructor(parts: AccessLogParts) {
    this.#parts = parts;
    const base = JSON.stringify(parts.base).slice(1, -1);
    this.#prefix = base === '' ? '' : `${base},`;
  }

  add(end: ExchangeEnd): void {
    const { clock } = this.#parts;
    this.#waiting += `${accessText(end, this.#prefix, clock.wallMs())}\n`;
    if (this.#waiting.length >= MAX_WAITING) this.flush();
    else this.#timer ??= clock.setTimer(MAX_WAIT_MS, () => this.flush());
  }

  flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const lines = this.#waiting;
    this.#waiting = '';
    if (lines !== '') this.#parts.write(lines);
  }
}
