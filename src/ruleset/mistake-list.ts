import { type Finding, type Mistake, type Position, pathInWords } from './mistake.ts';

/** How many are kept for each that is told, so that the first ones by line are among them. */
const KEPT_PER_TOLD = 50;

/**
 * Collects the mistakes of one ruleset. Bounded: a text of a million commas is a million syntax errors, and nobody reads
 * more than the first hundred.
 */
export class MistakeList {
  readonly #file: string;
  readonly #most: number;
  readonly #mistakes: Mistake[] = [];
  #dropped = 0;

  constructor(file: string, most: number) {
    this.#file = file;
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#mistakes.length === 0;
  }

  add(finding: Finding, position: Position): void {
    if (this.#mistakes.length >= this.#most * KEPT_PER_TOLD) {
      this.#dropped += 1;
      return;
    }
    const { seen, allowed, text } = finding;
    const message = `${text} (${this.#file}:${position.line})`;
    const { line, column } = position;
    this.#mistakes.push({ file: this.#file, line, column, path: pathInWords(finding.path), seen, allowed, message });
  }

  /** In order of lines; the last one says how many more there are, if they are too many to be told. */
  inOrder(): readonly Mistake[] {
    const sorted = [...this.#mistakes].sort((a, b) => a.line - b.line || a.column - b.column);
    const told = sorted.slice(0, this.#most);
    const more = sorted.length - told.length + this.#dropped;
    const next = sorted[this.#most];
    if (next === undefined) return told;
    const allowed = 'correct those above first';
    return [
      ...told,
      { ...next, path: '', seen: `${more}`, allowed, message: `and ${more} more mistakes: ${allowed} (${this.#file})` },
    ];
  }
}
