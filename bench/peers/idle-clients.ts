import { connect, type Socket } from 'node:net';

/** The arguments of this program: port and number of connections. It prints `ready` and holds them until it is ended. */
const [port, count] = process.argv.slice(2).map(Number);
const BATCH = 200;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nX-User-Id: 10000007\r\n\r\n';

let lost = 0;
const sockets: Socket[] = [];
while (sockets.length < (count ?? 0)) {
  const batch = Array.from({ length: Math.min(BATCH, (count ?? 0) - sockets.length) }, () => open());
  sockets.push(...(await Promise.all(batch)));
}
process.stdout.write('ready\n');
process.on('SIGTERM', () => {
  process.stdout.write(`lost ${lost}\n`, () => process.exit(0));
});

/** Each has had one answer: a connection that is kept alive, not one that was never used. */
function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: port ?? 0, host: '127.0.0.1' }, () => socket.write(REQUEST));
    socket.once('data', () => resolve(socket));
    socket.on('error', reject);
    socket.on('close', () => {
      lost += 1;
    });
  });
}
