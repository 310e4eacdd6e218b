import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { KeySource } from './key-source.ts';

/** Adapter: reads a key set from a file, afresh each time, so that a replaced file is seen. `address` is `file:///…`. */
export function openFileKeySource(address: string, maxBytes: number): KeySource {
  const path = fileURLToPath(address);
  return {
    async read(signal) {
      const file = await open(path, 'r');
      try {
        if (!(await file.stat()).isFile()) throw new Error(`${path} is not a regular file`);
        const buffer = Buffer.alloc(maxBytes + 1);
        let length = 0;
        while (length <= maxBytes) {
          signal.throwIfAborted();
          const { bytesRead } = await file.read(buffer, length, maxBytes + 1 - length, length);
          if (bytesRead === 0) return buffer.toString('utf8', 0, length);
          length += bytesRead;
        }
        throw new Error(`${path} has more than ${maxBytes} bytes (keys.maxBytes)`);
      } finally {
        await file.close();
      }
    },
    close: async () => {},
  };
}
