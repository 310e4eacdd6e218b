import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A cell whose capacity is known: the arguments of this program are how many requests it works on at once, and how long each takes, ms.
 * Further ones wait inside it, as in any application with a pool of workers. It tells its port through the IPC channel.
 */
const [workers = 1, serviceMs = 1] = process.argv.slice(2).map(Number);

const waiting: (() => void)[] = [];
let busy = 0;

const server = createServer((request, response) => {
  if (request.url === '/healthz') {
    response.end();
    return;
  }
  // Work begins with the last byte of the body.
  request.resume().once('end', () => {
    waiting.push(() => response.end('Hello from the cell, this is a small answer.\n'));
    work();
  });
});
server.keepAliveTimeout = 60_000;

function work(): void {
  if (busy >= workers) return;
  const answer = waiting.shift();
  if (answer === undefined) return;
  busy += 1;
  setTimeout(() => {
    busy -= 1;
    answer();
    work();
  }, serviceMs);
}

server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ ready: true, ports: { cell: (server.address() as AddressInfo).port } });
process.on('SIGTERM', () => process.exit(0));
