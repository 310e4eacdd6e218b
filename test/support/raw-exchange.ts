import { connect } from 'node:net';

/** Sends bytes to a plain HTTP address and returns all that comes back (latin1) until the other side closes or falls silent. */
export function rawExchange(base: string, bytes: string | Buffer, silenceMs = 5_000): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    });
    let answer = '';
    socket.setEncoding('latin1');
    socket.setTimeout(silenceMs, () => socket.destroy());
    socket.on('data', (text: string) => {
      answer += text;
      if (isComplete(answer)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

/** Whether an answer with Content-Length is all there: a kept-alive connection does not close by itself. */
function isComplete(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /^content-length: (\d+)\r$/im.exec(answer.slice(0, end + 2));
  return length !== null && answer.length >= end + 4 + Number(length[1]);
}
