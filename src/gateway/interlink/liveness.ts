import type { Clock, Timer } from '../../core/clock.ts';

/**
 * Tells when a peer is dead: no byte for `deadAfterMs` although it was pinged every `pingIntervalMs`. A tick that comes
 * late shows that this process stood still, not the peer: it starts the wait anew, for what the peer sent may not have
 * been read yet.
 */
export class Liveness {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #deadAfterMs: number;
  readonly #on: { ping(nowMs: number): void; dead(silentMs: number): void };
  #heardMs: number;
  #tickMs: number;
  #timer: Timer | null = null;

  constructor(
    clock: Clock,
    limits: { readonly pingIntervalMs: number; readonly deadAfterMs: number },
    on: { ping(nowMs: number): void; dead(silentMs: number): void },
  ) {
    this.#clock = clock;
    this.#intervalMs = limits.pingIntervalMs;
    this.#deadAfterMs = limits.deadAfterMs;
    this.#on = on;
    this.#heardMs = clock.monotonicMs();
    this.#tickMs = this.#heardMs;
  }

  start(): void {
    this.#tickMs = this.#clock.monotonicMs();
    this.#timer = this.#clock.setTimer(this.#intervalMs, () => this.#tick());
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #tick(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#tickMs > 2 * this.#intervalMs) this.#heardMs = nowMs;
    const silentMs = nowMs - this.#heardMs;
    if (silentMs >= this.#deadAfterMs) {
      this.#on.dead(silentMs);
      return;
    }
    this.#on.ping(nowMs);
    this.start();
  }
}
