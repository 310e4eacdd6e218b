const TICK_MS = 10;
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
  #timer: NodeJS.Timeout | null = null;

  constructor(sources: readonly LoopSource[], nowMs: () => number) {
    this.#sources = sources.filter(({ perSecond }) => perSecond > 0).map((source) => ({ source, sent: 0 }));
    this.#nowMs = nowMs;
  }

  start(): void {
    this.#timer = setInterval(() => this.tick(), TICK_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
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
