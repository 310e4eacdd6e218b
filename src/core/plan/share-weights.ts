import type { WeightChange } from '../operation/operation.ts';
import type { Table } from '../table.ts';
import type { Unit } from '../topology.ts';

/**
 * Weights of a unit without its cells in some data centers: the others share the 100 in proportion to what they have, equally if
 * they have nothing (a stand-by takes all). Null if that is what is in force already, or no cell is left.
 */
export function shareWeights(table: Table, unit: Unit, down: ReadonlySet<string>): WeightChange | null {
  const { topology } = table;
  if (unit.kind === 'C') return null;
  const cells = table.cellsOfUnit[unit.index] ?? [];
  const left = cells.filter((cell) => !down.has(topology.dataCenters[cell.dataCenter]?.id ?? ''));
  if (left.length === 0) return null;
  const sum = left.reduce((total, { weight }) => total + weight, 0);
  const exact = left.map(({ weight }) => (sum === 0 ? 100 / left.length : (weight * 100) / sum));
  const shares = wholeShares(exact);
  const byId = new Map<string, number>(left.map(({ id }, position) => [id, shares[position] ?? 0]));
  const weights = Object.fromEntries(cells.map(({ id }) => [id, byId.get(id) ?? 0]));
  if (cells.every(({ id, weight }) => weights[id] === weight)) return null;
  return { unit: unit.id, weights, expiresAt: null };
}

/** Whole numbers that add up to 100, each at most one away from its exact share (largest remainders first). */
function wholeShares(exact: readonly number[]): number[] {
  const shares = exact.map(Math.floor);
  const missing = 100 - shares.reduce((total, share) => total + share, 0);
  const order = exact.map((value, index) => ({ index, rest: value - Math.floor(value) }));
  order.sort((a, b) => b.rest - a.rest || a.index - b.index);
  for (const { index } of order.slice(0, missing)) shares[index] = (shares[index] ?? 0) + 1;
  return shares;
}
