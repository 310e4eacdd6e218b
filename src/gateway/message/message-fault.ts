import type { ErrorCode } from '../../errors.ts';

/** A message is refused: `detail` says what was seen and what is allowed; it never holds a header's value. */
export interface MessageFault {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly detail: string;
}

export const messageFault = (code: ErrorCode, detail: string): MessageFault => ({ ok: false, code, detail });

const SHOWN = 60;

/** Foreign text for a detail: cut to 60 characters, and nothing in it but printable ASCII without quotes. */
export function shown(text: string): string {
  const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return `"${cut.replace(/[^\x20-\x7e…]|["\\]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;
}
