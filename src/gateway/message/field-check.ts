import { type MessageFault, messageFault, shown } from './message-fault.ts';

/** 1 for the token characters of RFC 9110 §5.6.2. */
const TOKEN = new Uint8Array(128);
for (const c of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  TOKEN[c.charCodeAt(0)] = 1;

/** A token: at least one character, all of them visible ASCII and no delimiter. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (TOKEN[text.charCodeAt(i)] !== 1) return false;
  }
  return text.length > 0;
}

/**
 * No control character but HTAB, nothing above 0xFF (RFC 9110 §5.5). So a CR, LF or NUL never gets from one
 * message into another, whichever parser let it in.
 */
export function isFieldValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c < 0x20 ? c !== 0x09 : c === 0x7f || c > 0xff) return false;
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
