import { randomFillSync } from 'node:crypto';
import type { Random } from '../core/clock.ts';

const POOL = new Uint32Array(1024);
let used = POOL.length;

/** Chance from the system's secure generator, drawn in blocks: a system call per number would show on the hot path. */
export const SYSTEM_RANDOM: Random = {
  next() {
    if (used === POOL.length) {
      randomFillSync(POOL);
      used = 0;
    }
    const number = POOL[used] as number;
    used += 1;
    return number;
  },
};
