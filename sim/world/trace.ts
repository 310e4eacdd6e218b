import { hashText } from './random-stream.ts';
import { TraceLines } from './trace-lines.ts';

/** One line of what happened. */
export interface TraceLine {
  readonly at: number;
  /** −1: it concerns no single shard. */
  readonly shard: number;
  readonly who: string;
  readonly text: string;
}

/** What happened, as a hash of all of it and as the last lines. */
export class Trace {
  readonly #lines: TraceLines | null;
  readonly #print: ((line: TraceLine) => void) | null;
  #low = 0x811c9dc5;
  #high = 0x9747b28c;

  /** `kept`: at most so many lines stay, 0 for none; `print` sees each of them at once. */
  constructor(kept: number, print: ((line: TraceLine) => void) | null = null) {
    this.#lines = kept === 0 ? null : new TraceLines(kept);
    this.#print = print;
  }

  note(at: number, shard: number, who: string, text: string): void {
    this.#low = hashText(who, hashText(text, this.#low));
    this.#lines?.add(at, shard, who, text);
    this.#print?.({ at, shard, who, text });
  }

  /** An event's turn: only its instant and its place in the order count. */
  beat(at: number, order: number): void {
    this.#high = Math.imul(this.#high ^ (at * 1024), 0x01000193) ^ order;
    this.#high = Math.imul(this.#high ^ (this.#high >>> 15), 0x2c1b3c6d);
  }

  get hash(): string {
    return ((this.#low >>> 0) * 2 ** 20 + ((this.#high >>> 0) & 0xfffff)).toString(16).padStart(13, '0');
  }

  /** The last lines about a shard, with those that concern all; only these for −1. */
  about(shard: number, most: number): TraceLine[] {
    return (this.#lines?.all() ?? []).filter((line) => line.shard === shard || line.shard === -1).slice(-most);
  }
}

/** `  12.345 s  gateway-hz-a-1  07  admits at 4`. */
export function lineInWords({ at, shard, who, text }: TraceLine): string {
  const name = shard === -1 ? '  ' : shard === 100 ? ' G' : String(shard).padStart(2, '0');
  return `${(at / 1000).toFixed(4).padStart(10)} s  ${name}  ${who.padEnd(16)} ${text}`;
}
