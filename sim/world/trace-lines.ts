import type { TraceLine } from './trace.ts';

/** Characters of a line's text for which there is room on average; a world whose lines are longer keeps fewer of them. */
const USUAL_LENGTH = 128;

/**
 * The last lines of a trace, written over one another in flat memory: as objects they would all live just long enough to be carried
 * about by the collector, for an explanation that next to no world needs.
 */
export class TraceLines {
  readonly #kept: number;
  readonly #at: Float64Array;
  readonly #shard: Int32Array;
  readonly #who: Uint32Array;
  /** Where a line's text begins and ends, counted from the first character ever written. */
  readonly #from: Float64Array;
  readonly #to: Float64Array;
  readonly #text: Uint16Array;
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  #count = 0;
  #written = 0;

  /** `kept`: at most so many lines stay. */
  constructor(kept: number) {
    this.#kept = kept;
    this.#at = new Float64Array(kept);
    this.#shard = new Int32Array(kept);
    this.#who = new Uint32Array(kept);
    this.#from = new Float64Array(kept);
    this.#to = new Float64Array(kept);
    this.#text = new Uint16Array(kept * USUAL_LENGTH);
  }

  add(at: number, shard: number, who: string, text: string): void {
    const place = this.#count % this.#kept;
    this.#count += 1;
    this.#at[place] = at;
    this.#shard[place] = shard;
    this.#who[place] = this.#numberOf(who);
    this.#from[place] = this.#written;
    this.#write(text);
    this.#to[place] = this.#written;
  }

  /** In the order in which they were added. */
  all(): TraceLine[] {
    const lines: TraceLine[] = [];
    for (let line = Math.max(0, this.#count - this.#kept); line < this.#count; line += 1) {
      const place = line % this.#kept;
      // Its text was written over.
      if ((this.#from[place] as number) < this.#written - this.#text.length) continue;
      const [at, shard] = [this.#at[place] as number, this.#shard[place] as number];
      lines.push({ at, shard, who: this.#names[this.#who[place] as number] as string, text: this.#textAt(place) });
    }
    return lines;
  }

  #write(text: string): void {
    const room = this.#text;
    const size = room.length;
    let place = this.#written % size;
    for (let index = 0; index < text.length; index += 1) {
      room[place] = text.charCodeAt(index);
      place = place + 1 === size ? 0 : place + 1;
    }
    this.#written += text.length;
  }

  #textAt(line: number): string {
    let text = '';
    for (let place = this.#from[line] as number; place < (this.#to[line] as number); place += 1)
      text += String.fromCharCode(this.#text[place % this.#text.length] as number);
    return text;
  }

  #numberOf(who: string): number {
    const known = this.#numbers.get(who);
    if (known !== undefined) return known;
    this.#names.push(who);
    this.#numbers.set(who, this.#names.length - 1);
    return this.#names.length - 1;
  }
}
