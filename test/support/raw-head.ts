import type { ReceivedHead } from '../../src/gateway/message/request-head.ts';

/**
 * Reads the text of a request's head, lines ended by \n, the way a lane that checks nothing would: `name:value`, without
 * the white space around the value. Whatever is wrong with the text stays in it.
 */
export function rawHead(text: string, peer: Partial<ReceivedHead> = {}): ReceivedHead {
  const [start = '', ...lines] = text.split('\n');
  const first = start.indexOf(' ');
  const last = start.lastIndexOf(' HTTP/');
  return {
    method: start.slice(0, first),
    target: start.slice(first + 1, last),
    httpVersion: start.slice(last + 6),
    headers: lines.flatMap(fieldLine),
    remoteAddress: '192.0.2.1',
    secure: false,
    ...peer,
  };
}

function fieldLine(line: string): string[] {
  const colon = line.indexOf(':');
  if (colon === -1) return [line, ''];
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
}
