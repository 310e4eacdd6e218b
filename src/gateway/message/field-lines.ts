import type { HeaderList } from '../header-list.ts';

/** Field lines as text, each with its CRLF; names and values were checked before. */
export function fieldLines(fields: HeaderList): string {
  let text = '';
  for (let index = 0; index + 1 < fields.length; index += 2) text += `${fields[index]}: ${fields[index + 1]}\r\n`;
  return text;
}
