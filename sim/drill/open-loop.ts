import { type After, machineAfter } from './drill-timer.ts';

/** Between two looks whether something is due. */
const LOOK_MS = { least: 1, most: 1_000 } as const;
/** What a machine that was busy missed is sent late, but not as one burst. */
const MOST_AT_ONCE = 50;

export interface LoopSource {
  readonly perSecond: number;
  readonly fromMs: number;
  readonly untilMs: number;
  send(): void;
}

/** Sends at steady rates whether or not earlier requests were answered (open loop). `nowMs` counts from the drill's beginning. */
export class OpenLoop {
  readonly #sources: readonly { readonly source: LoopSource; sent: number }[];
  readonly #nowMs: () => number;
  readonly #after: After;
  #cancel: (() => void) | null = null;

  constructor(sources: readonly LoopSource[], nowMs: () => number, after: After = machineAfter) {
    this.#sources = sources.filter(({ perSecond }) => perSecond > 0).map((source) => ({ source, sent: 0 }));
    this.#nowMs = nowMs;
    this.#after = after;
  }

  start(): void {
    this.#cancel = this.#after(this.#untilDueMs(), () => {
      this.tick();
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #untilDueMs(): number {
    const now = this.#nowMs();
    const dues = this.#sources.map(
      ({ source: { fromMs, perSecond }, sent }) => fromMs + ((sent + 1) * 1_000) / perSecond,
    );
    return Math.max(LOOK_MS.least, Math.min(LOOK_MS.most, ...dues.map((due) => due - now)));
  }

  /** Sends what is due. */
  tick(): void {
    const now = this.#nowMs();
    for (const each of this.#sources) {
      const { perSecond, fromMs, untilMs, send } = each.source;
      const due = Math.floor(((Math.min(now, untilMs) - fromMs) * perSecond) / 1_000);
      for (let count = 0; each.sent < due && count < MOST_AT_ONCE; count += 1) {
        each.sent += 1;
        send();
      }
    }
  }
}
