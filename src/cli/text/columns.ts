import { printable } from './paint.ts';

/** A cell of a text table; `paint` is laid on after the widths are settled. */
export interface TextCell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = 2;
const LEAST = 4;

/**
 * Lines of a table that fits `width`: columns as wide as their widest cell, and where that is too much, the widest columns
 * are cut with an ellipsis.
 */
export function columns(rows: readonly (readonly TextCell[])[], width: number): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => [...(row[column]?.text ?? '')].length)),
  );
  const room = Math.max(count * (LEAST + GAP), width) - GAP * (count - 1);
  for (let excess = sum(widths) - room; excess > 0; excess -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return rows.map((row) => line(row, widths));
}

export function cell(text: string, paint?: (text: string) => string): TextCell {
  return paint === undefined ? { text } : { text, paint };
}

/** `text` in at most `width` characters, safe for a terminal. */
export function fit(text: string, width: number): string {
  const characters = [...printable(text)];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Words broken into lines of at most `width`; `first` begins the first line, `indent` every other. */
export function wrap(text: string, width: number, indent: string, first = ''): string[] {
  const lines: string[] = [];
  let current = first;
  let isFresh = true;
  for (const word of printable(text).split(' ')) {
    if (!isFresh && current.length + 1 + word.length > width) {
      lines.push(current);
      current = indent + word;
    } else {
      current += isFresh ? word : ` ${word}`;
    }
    isFresh = false;
  }
  return [...lines, current];
}

function line(row: readonly TextCell[], widths: readonly number[]): string {
  const parts = row.map(({ text, paint = (plain) => plain }, column) => {
    const width = widths[column] ?? 0;
    const fitted = fit(text, width);
    // No blanks after the last column.
    const padding = column === row.length - 1 ? '' : ' '.repeat(width - [...fitted].length);
    return paint(fitted) + padding;
  });
  return parts.join(' '.repeat(GAP)).trimEnd();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
