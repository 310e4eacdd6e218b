/**
 * How many requests without a body stand in the bytes that wait behind the one being served, at most `most`. Stops at the first that
 * has a body or is not whole: what is behind it could be anything.
 */
export function waitingRequests(bytes: Buffer, most: number): number {
  let count = 0;
  for (let at = 0; count < most; count += 1) {
    const end = bytes.indexOf('\r\n\r\n', at, 'latin1');
    if (end === -1 || /\r\n(?:content-length|transfer-encoding):/i.test(bytes.toString('latin1', at, end))) break;
    at = end + 4;
  }
  return count;
}
