import type { Clock } from '../../core/clock.ts';

/** The value of Date (RFC 9110 §5.6.7), worked out once a second. */
export class HttpDate {
  readonly #clock: Clock;
  #second = -1;
  #text = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): string {
    const ms = this.#clock.wallMs();
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(ms).toUTCString();
    }
    return this.#text;
  }
}
