/** Dotted decimal with four parts, 0–255, without leading zeros (RFC 3986 §3.2.2: some read these as octal). */
export function isIpv4(text: string): boolean {
  if (text.length < 7 || text.length > 15) return false;
  const parts = text.split('.');
  return parts.length === 4 && parts.every(isDecimalOctet);
}

function isDecimalOctet(part: string): boolean {
  if (part.length < 1 || part.length > 3 || (part.length > 1 && part.startsWith('0'))) return false;
  let value = 0;
  for (let i = 0; i < part.length; i++) {
    const digit = part.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return false;
    value = value * 10 + digit;
  }
  return value <= 255;
}

/** An IPv6 address without brackets and without a zone (RFC 3986 §3.2.2); its tail may be dotted decimal. */
export function isIpv6(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  const gap = text.indexOf('::');
  if (gap === -1) return groupCount(text, true) === 8;
  if (text.indexOf('::', gap + 1) !== -1) return false;
  const head = gap === 0 ? 0 : groupCount(text.slice(0, gap), false);
  const tail = gap === text.length - 2 ? 0 : groupCount(text.slice(gap + 2), true);
  return head >= 0 && tail >= 0 && head + tail <= 7;
}

/** Number of 16-bit groups, -1 if one is malformed; a dotted-decimal tail counts as two. */
function groupCount(text: string, dottedTailAllowed: boolean): number {
  const groups = text.split(':');
  let count = 0;
  for (const [index, group] of groups.entries()) {
    if (dottedTailAllowed && index === groups.length - 1 && group.includes('.')) {
      if (!isIpv4(group)) return -1;
      count += 2;
    } else {
      if (!isHexGroup(group)) return -1;
      count += 1;
    }
  }
  return count;
}

function isHexGroup(group: string): boolean {
  if (group.length < 1 || group.length > 4) return false;
  for (let i = 0; i < group.length; i++) {
    if (!isHexDigit(group.charCodeAt(i))) return false;
  }
  return true;
}

/** Whether a character code is one of 0–9, a–f, A–F. */
export function isHexDigit(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66);
}
