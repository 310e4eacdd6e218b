import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that the system gives out by itself, so that they stay free while a process is dead. */
const [FIRST, LAST] = [20_000, 32_000];
const ATTEMPTS = 50;

/** First port of a block that is free now. Throws if none is found. Adapter: opens sockets. */
export async function freePortBlock(size: number): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const base = randomInt(FIRST, LAST - size);
    const free = await Promise.all(Array.from({ length: size }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
  throw new Error(`no ${size} free ports beside each other between ${FIRST} and ${LAST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
