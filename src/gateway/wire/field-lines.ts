import type { HeaderList } from '../upstream.ts';

/** Field lines as text, each with its CRLF; names and values were checked before. */
export function fieldLines(fields: HeaderList): string {
  let text = '';
  for (let index = 0; index + 1 < fields.length; index += 2) text += `${fields[index]}: ${fields[index + 1]}\r\n`;
  return text;
}

/** Chunks up to this size go out in one piece of text with what is before and behind them: one write costs less than three. */
export const SMALL_BYTES = 4096;
