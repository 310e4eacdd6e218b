import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * First port of a block that is free now. It is below the ports that the system gives out by itself; who uses it tries
 * again if somebody was faster all the same.
 */
export async function freePortBlock(size: number): Promise<number> {
  for (;;) {
    const base = randomInt(20_000, 32_000 - size);
    const free = await Promise.all(Array.from({ length: size }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
