import { isTokenCode, isValueCode } from '../message/field-check.ts';

const SPACE = 0x20;
const TAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;

/** Field lines as [name, value, …] without the white space around the values. */
export interface ScannedFields {
  readonly list: string[];
  /** Each line is `name: value` with nothing more: the text can stand for the list. */
  readonly isPlain: boolean;
  /** All names are tokens, and no value holds a control character: nobody has to look at the characters again. */
  readonly isClean: boolean;
}

/**
 * The field lines between `at` and `end`, each ended by CRLF. Null:
 * a line has no colon, or begins with white space (obs-fold, RFC 9112 §5.2). Which characters names and values may have is for the
 * message rules; a bare CR or LF stays in the value and is refused there.
 */
export function scanFields(text: string, at: number, end: number): ScannedFields | null {
  return cleanFields(text, at, end) ?? anyFields(text, at, end);
}

/** One pass over the characters, as nearly every head allows; null at the first that is unusual. */
function cleanFields(text: string, at: number, end: number): ScannedFields | null {
  const list: string[] = [];
  let isPlain = true;
  for (let start = at; start < end; ) {
    let colon = start;
    while (isTokenCode(text.charCodeAt(colon))) colon++;
    if (colon === start || text.charCodeAt(colon) !== COLON) return null;
    let stop = colon + 1;
    while (isValueCode(text.charCodeAt(stop))) stop++;
    if (stop > end || text.charCodeAt(stop) !== CR || text.charCodeAt(stop + 1) !== LF) return null;
    isPlain = addField(list, text, start, colon, stop) && isPlain;
    start = stop + 2;
  }
  return { list, isPlain, isClean: true };
}

function anyFields(text: string, at: number, end: number): ScannedFields | null {
  const list: string[] = [];
  let isPlain = true;
  for (let start = at; start < end; ) {
    const line = text.indexOf('\r\n', start);
    const stop = line === -1 || line > end ? end : line;
    const colon = text.indexOf(':', start);
    if (colon === -1 || colon >= stop || isOws(text.charCodeAt(start))) return null;
    isPlain = addField(list, text, start, colon, stop) && isPlain;
    start = stop + 2;
  }
  return { list, isPlain, isClean: false };
}

/** True if the line is `name: value` with nothing more. */
function addField(list: string[], text: string, start: number, colon: number, stop: number): boolean {
  let from = colon + 1;
  let to = stop;
  while (from < to && isOws(text.charCodeAt(from))) from++;
  while (to > from && isOws(text.charCodeAt(to - 1))) to--;
  list.push(text.slice(start, colon), text.slice(from, to));
  return from === colon + 2 && to === stop && text.charCodeAt(colon + 1) === SPACE;
}

const isOws = (c: number): boolean => c === SPACE || c === TAB;
