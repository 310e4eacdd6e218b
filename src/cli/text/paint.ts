import type { TextOutput } from '../cli-environment.ts';

/** Colours, or nothing where they are not wanted. */
export interface Paint {
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
  /** Marks a part of a word so that it shows without colours too. */
  mark(text: string): string;
}

const PLAIN: Paint = {
  bold: (text) => text,
  good: (text) => text,
  bad: (text) => text,
  faint: (text) => text,
  mark: (text) => `[${text}]`,
};

const COLOURED: Paint = {
  bold: (text) => `\x1b[1m${text}\x1b[22m`,
  good: (text) => `\x1b[32m${text}\x1b[39m`,
  bad: (text) => `\x1b[31m${text}\x1b[39m`,
  faint: (text) => `\x1b[2m${text}\x1b[22m`,
  mark: (text) => `\x1b[7m${text}\x1b[27m`,
};

/** Colours only on a terminal, and not with NO_COLOR (no-color.org) or TERM=dumb. */
export function paintFor(output: TextOutput, variables: Readonly<Record<string, string | undefined>>): Paint {
  const isUnwanted = (variables.NO_COLOR ?? '') !== '' || variables.TERM === 'dumb';
  return output.isTerminal && !isUnwanted ? COLOURED : PLAIN;
}

/** Names come from records that others wrote: none of them may steer the terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}
