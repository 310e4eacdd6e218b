import type { SnapshotKeeper } from '../../src/gateway/table-feed.ts';
import type { RandomStream } from '../world/random-stream.ts';
import type { SimProcess } from '../world/sim-process.ts';

const FLUSH_MS = { low: 1, high: 25 } as const;

/** The file of a gateway's snapshot: a death before the flush loses the new text; a power cut may bring an older one back, or a torn one. */
export class SimDisk implements SnapshotKeeper {
  readonly #process: SimProcess;
  readonly #random: RandomStream;
  #text: string | null = null;
  #older: string | null = null;

  constructor(process: SimProcess, random: RandomStream) {
    this.#process = process;
    this.#random = random;
  }

  load(): Promise<string | null> {
    return Promise.resolve(this.#text);
  }

  save(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#process.after(this.#random.between(FLUSH_MS.low, FLUSH_MS.high), () => {
        this.#older = this.#text;
        this.#text = text;
        resolve();
      });
    });
  }

  powerCut(): void {
    if (this.#random.chance(0.4)) this.#text = this.#older;
    else if (this.#random.chance(0.2)) this.#text = this.#text?.slice(0, this.#random.below(this.#text.length)) ?? null;
  }

  lose(): void {
    this.#text = null;
    this.#older = null;
  }
}
