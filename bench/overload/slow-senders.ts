import { connect, type Socket } from 'node:net';

/**
 * Clients that begin a POST and send its body byte by byte (R-U-Dead-Yet). The arguments of this program: port, how many, and how often each
 * sends a byte, ms. It prints `ready` when all have begun; whoever is cut off begins again after the same time.
 */
const [port = 0, count = 0, everyMs = 1_000] = process.argv.slice(2).map(Number);
const HEAD = 'POST / HTTP/1.1\r\nHost: localhost\r\nX-User-Id: 10000007\r\nContent-Length: 8192\r\n\r\n';
const BATCH = 100;

for (let begun = 0; begun < count; begun += BATCH) {
  await Promise.all(Array.from({ length: Math.min(BATCH, count - begun) }, () => begin()));
}
process.stdout.write('ready\n');

function begin(): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      socket.write(HEAD);
      resolve();
    });
    const timer = setInterval(() => void socket.write('x'), everyMs);
    socket.resume();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      setTimeout(() => void begin(), everyMs);
      resolve();
    });
  });
}
