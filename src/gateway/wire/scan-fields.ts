const SPACE = 0x20;
const TAB = 0x09;

/** Field lines as [name, value, …] without the white space around the values. */
export interface ScannedFields {
  readonly list: string[];
  /** Each line is `name: value` with nothing more: the text can stand for the list. */
  readonly isPlain: boolean;
}

/**
 * The field lines between `at` and `end`, each ended by CRLF. Null:
 * a line has no colon, or begins with white space (obs-fold, RFC 9112 §5.2). Which characters names and values may have is for the
 * message rules; a bare CR or LF stays in the value and is refused there.
 */
export function scanFields(text: string, at: number, end: number): ScannedFields | null {
  const list: string[] = [];
  let isPlain = true;
  for (let start = at; start < end; ) {
    const line = text.indexOf('\r\n', start);
    const stop = line === -1 || line > end ? end : line;
    const colon = text.indexOf(':', start);
    if (colon === -1 || colon >= stop || isOws(text.charCodeAt(start))) return null;
    let from = colon + 1;
    let to = stop;
    while (from < to && isOws(text.charCodeAt(from))) from++;
    while (to > from && isOws(text.charCodeAt(to - 1))) to--;
    if (from !== colon + 2 || to !== stop || text.charCodeAt(colon + 1) !== SPACE) isPlain = false;
    list.push(text.slice(start, colon), text.slice(from, to));
    start = stop + 2;
  }
  return { list, isPlain };
}

const isOws = (c: number): boolean => c === SPACE || c === TAB;
