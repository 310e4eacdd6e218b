import { type MessageFault, messageFault, shown } from './message-fault.ts';

/** 1 for the token characters of RFC 9110 §5.6.2. */
const TOKEN = new Uint8Array(256);
for (const c of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  TOKEN[c.charCodeAt(0)] = 1;

/** 1 for what a field's value may have (RFC 9110 §5.5): all of latin1 but control characters, HTAB apart. */
const VALUE = new Uint8Array(256).fill(1);
VALUE.fill(0, 0, 0x20);
VALUE[0x09] = 1;
VALUE[0x7f] = 0;

/** Whether a token may have a character with this code; false behind a text's end (NaN). */
export const isTokenCode = (code: number): boolean => TOKEN[code] === 1;

/** The same of a field's value. */
export const isValueCode = (code: number): boolean => VALUE[code] === 1;

/** A token: at least one character, all of them visible ASCII and no delimiter. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isTokenCode(text.charCodeAt(i))) return false;
  }
  return text.length > 0;
}

/**
 * No control character but HTAB, nothing above 0xFF (RFC 9110 §5.5). So a CR, LF or NUL never gets from one
 * message into another, whichever parser let it in.
 */
export function isFieldValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    if (!isValueCode(value.charCodeAt(i))) return false;
  }
  return true;
}

/** Null, or why a field name is refused: not a token (a space before the colon is one such, RFC 9112 §5.1). */
export function checkFieldName(name: string): MessageFault | null {
  return isToken(name) ? null : messageFault('BAD_HEADER', `header name ${shown(name)} is not a token (RFC 9110 §5.1)`);
}

/** Null, or why a field value is refused. The value itself is not told: it may be a secret. */
export function checkFieldValue(name: string, value: string): MessageFault | null {
  if (isFieldValue(value)) return null;
  return messageFault('BAD_HEADER', `header ${shown(name)} has a control character in its value (RFC 9110 §5.5)`);
}
