import type { Clock } from '../../core/clock.ts';
import type { Decision } from '../../core/decide.ts';
import type { Epoch, MonotonicMs } from '../../core/ids.ts';
import type { RequestPlan } from '../request-plan.ts';
import type { Refusal } from '../upstream.ts';
import type { HoldFate, Holding, HoldPlace } from './holding.ts';

/** The waiting of one request: whether it has to, for how long it did in all. */
export class HeldRequest {
  readonly #plan: RequestPlan;
  readonly #holding: Holding;
  readonly #clock: Clock;
  #place: HoldPlace | null = null;
  #since: MonotonicMs | null = null;
  #heldMs = 0;
  #isReleased = false;

  constructor(plan: RequestPlan, holding: Holding, clock: Clock) {
    this.#plan = plan;
    this.#holding = holding;
    this.#clock = clock;
  }

  /** Milliseconds spent waiting, however often. */
  get heldMs(): number {
    return this.#since === null ? this.#heldMs : this.#heldMs + this.#clock.monotonicMs() - this.#since;
  }

  /** It waits now: it was not executed. */
  get isWaiting(): boolean {
    return this.#since !== null;
  }

  /**
   * The shard epoch at which it has to wait; null: it may go now. It waits for a frozen shard, for the news that the guard which
   * refused it has and this edge has not, and for older writes of its shard that are held still.
   */
  waitsAt(decision: Decision, refusal: Refusal | null): Epoch | null {
    if (decision.kind === 'reject') return null;
    const { shard, epoch } = decision;
    if (decision.kind === 'hold') return epoch;
    if (refusal?.code === 'SHARD_MOVING' && epoch <= refusal.epoch) return refusal.epoch;
    if (this.#plan.isSafe || this.#isReleased) return null;
    return this.#holding.isQueued(shard) ? epoch : null;
  }

  /** Waits; the route's time counts from the first waiting. `fate` may be told before this returns. */
  wait({ shard }: Decision & { kind: 'hold' | 'forward' }, epoch: Epoch, fate: HoldFate): void {
    const { maxMs } = this.#plan.route.hold;
    const leftMs = maxMs - this.#heldMs;
    if (leftMs <= 0) {
      fate.refused('SHARD_MOVING', `held for ${maxMs} ms (hold.maxMs of route ${this.#plan.route.name})`);
      return;
    }
    this.#since = this.#clock.monotonicMs();
    let isOver = false;
    const over = (): void => {
      isOver = true;
      this.#place = null;
      this.#stopWatch();
    };
    const place = this.#holding.hold(this.#plan, shard, epoch, leftMs, {
      released: () => {
        over();
        this.#isReleased = true;
        fate.released();
        this.#isReleased = false;
      },
      refused: (code, detail) => {
        over();
        fate.refused(code, detail);
      },
    });
    // It may wait again already, in another place.
    if (!isOver) this.#place = place;
  }

  /** The request ended: its place is free at once. */
  leave(): void {
    this.#stopWatch();
    this.#place?.leave();
    this.#place = null;
  }

  #stopWatch(): void {
    this.#heldMs = this.heldMs;
    this.#since = null;
  }
}
