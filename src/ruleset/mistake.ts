/** Where a value stands in a ruleset: `['units', 'RZ02', 'cells']`. */
export type Path = readonly (string | number)[];

/** Both begin at 1; the column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a ruleset. */
export interface Mistake extends Position {
  readonly file: string;
  /** `units.RZ02.cells`, `routes[2].path`; empty for the text as a whole. */
  readonly path: string;
  /** What stands there, cut to a readable length. */
  readonly seen: string;
  readonly allowed: string;
  /** Complete sentence with object, what was seen, what is allowed, and `(file:line)` at the end. */
  readonly message: string;
}

/** A finding before it has its place in words. */
export interface Finding {
  readonly path: Path;
  readonly seen: string;
  readonly allowed: string;
  /** Without file and line, which are added. */
  readonly text: string;
}

/** `units.RZ02.cells`, `routes[2].path`. */
export function pathInWords(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

const SEEN_MAX = 60;

/** A value as it is shown in a message: one line, at most 60 characters. */
export function seenInWords(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing';
  const words = typeof value === 'string' ? visible(value) : (JSON.stringify(value) ?? typeof value);
  return words.length <= SEEN_MAX ? words : `${words.slice(0, SEEN_MAX - 1)}…`;
}

/** Bare where it cannot be mistaken for a part of the sentence, else quoted. */
function visible(value: string): string {
  return /^[!-~]+$/.test(value) ? value : JSON.stringify(value);
}
