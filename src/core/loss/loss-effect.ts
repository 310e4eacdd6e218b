import type { UnitDocument } from '../topology-document.ts';

/** What a loss means for one unit; the three cases of the topology model, and the one where nothing happens. */
export type LossEffect =
  | { readonly type: 'unaffected' }
  /** It held one of several cells, not the primary: the weights of the others take over, no freeze. */
  | { readonly type: 'weights'; readonly cells: readonly string[] }
  /** It held the primary and same-city cells are left: same owner, a new primary, one of these data centers. */
  | { readonly type: 'primary'; readonly cells: readonly string[]; readonly dataCenters: readonly string[] }
  /** No cell is left: its shards get new owners among its remote targets. */
  | { readonly type: 'gone' };

/** `primary` is the data center that takes the unit's writes now, which the ruleset's may not be. */
export function lossEffect(
  unit: UnitDocument,
  lost: ReadonlySet<string>,
  primary: string | null = unit.primary,
): LossEffect {
  const left = unit.cells.filter((cell) => !lost.has(cell.dataCenter));
  if (left.length === unit.cells.length) return { type: 'unaffected' };
  if (left.length === 0) return { type: 'gone' };
  const cells = left.map((cell) => cell.id);
  if (primary === null || !lost.has(primary)) return { type: 'weights', cells };
  return { type: 'primary', cells, dataCenters: left.map((cell) => cell.dataCenter) };
}
