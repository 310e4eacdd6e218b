import { finish, murmur3 } from './utf8-hash.ts';

/**
 * Choice of a cell by weight, published as `cell/1`: weighted rendezvous hashing (Thaler & Ravishankar 1998; weights after
 * Schindelhauer & Schomaker 2005) in whole numbers, so that every language gets the same answer.
 *
 *   h     = MurmurHash3_x86_32(UTF-8(user ID), seed 0x6c646331)
 *   u(c)  = fmix32(h XOR MurmurHash3_x86_32(UTF-8(cell ID), seed 0x6c646331)) >>> 16
 *   cost  = ROUND(−log2((u + 0.5) / 65536) · 2²⁰) / weight(c); the least wins, on a tie the first cell in order of ID
 *
 * Why not slices of one circle: there a third cell's users move when the first two exchange weight. Here cells whose
 * weights keep their ratio never exchange a user, so a change moves only the share that it must.
 */
const SEED = 0x6c646331;
const COSTS = makeCosts();

/** The hash of a user ID that `chooseCell` wants; computed once per request. */
export function cellHashOfUser(userId: string): number {
  return murmur3(userId, SEED);
}

/** The salt of a cell; computed once per table. */
export function cellSalt(cellId: string): number {
  return murmur3(cellId, SEED);
}

/** A cell as the choice sees it; `weight` 0 means "not this one". */
export interface WeighedCell {
  readonly index: number;
  readonly salt: number;
  readonly weight: number;
}

/** Who can take requests, by cell index; an unavailable cell counts as weight 0, its users go to the unit's other cells. */
export interface CellHealth {
  isAvailable(cell: number): boolean;
}

/** Position of the chosen cell in `cells` (which are in order of their IDs), or −1 if all weights are 0. */
export function chooseCell(cells: readonly WeighedCell[], userHash: number, health: CellHealth): number {
  let best = -1;
  let bestCost = 0;
  let bestWeight = 1;
  for (let position = 0; position < cells.length; position += 1) {
    const { index, salt, weight } = cells[position] as WeighedCell;
    if (weight === 0 || !health.isAvailable(index)) continue;
    const cost = COSTS[finish(userHash ^ salt) >>> 16] as number;
    // cost/weight compared crosswise: both products stay below 2³², exact in a double.
    if (best === -1 || cost * bestWeight < bestCost * weight) {
      best = position;
      bestCost = cost;
      bestWeight = weight;
    }
  }
  return best;
}

function makeCosts(): Uint32Array {
  const costs = new Uint32Array(65536);
  for (let u = 0; u < 65536; u += 1) costs[u] = Math.round(-Math.log2((u + 0.5) / 65536) * 2 ** 20);
  return costs;
}
