import type { HeaderList } from '../upstream.ts';

/**
 * Rules for the head of an answer beyond those that undici's parser enforces (that one refuses obs-fold, bare CR and LF,
 * control bytes, bad names, several lengths, and both framings). Returns the rule that is broken, or null.
 */
export function brokenResponseRule(status: number, headers: HeaderList): string | null {
  if (status < 100 || status > 999) return `status ${status}`;
  let codings = 0;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] as string;
    if (name.length !== 17 || name.toLowerCase() !== 'transfer-encoding') continue;
    codings += 1;
    const coding = headers[index + 1] as string;
    if (coding.trim().toLowerCase() !== 'chunked')
      return `transfer-encoding ${JSON.stringify(coding.slice(0, 40))}, only chunked is allowed`;
  }
  // The lengths of two codings applied in a row cannot be told (RFC 9112 §6.1: never chunked twice).
  return codings > 1 ? 'transfer-encoding twice' : null;
}
