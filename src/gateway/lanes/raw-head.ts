import { STATUS_CODES } from 'node:http';
import type { HeaderList } from '../upstream.ts';

/** An answer's head as text (latin1) for sockets that node:http has let go of. The headers were checked before. */
export function rawHead(status: number, headers: HeaderList): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return `${head}\r\n`;
}
