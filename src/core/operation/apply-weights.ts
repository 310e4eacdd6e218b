import type { Topology } from '../topology.ts';
import type { OverrideDocument } from '../topology-document.ts';
import type { Operation } from './operation.ts';

export type AppliedWeights =
  | { readonly ok: true; readonly overrides: readonly OverrideDocument[] }
  | { readonly ok: false; readonly reason: string };

/** The overrides after an operation's weight changes: one override a unit, the new one replaces it. */
export function applyWeights(
  overrides: readonly OverrideDocument[],
  { weights, author, reason }: Operation,
  topology: Topology,
): AppliedWeights {
  const changed = new Set(weights.map(({ unit }) => unit));
  const added: OverrideDocument[] = [];
  for (const change of weights) {
    const unit = topology.document.units.find(({ id }) => id === change.unit);
    if (unit === undefined) return { ok: false, reason: `unit ${change.unit} is not in the present ruleset` };
    if (change.weights === null) continue;
    const strange = Object.keys(change.weights).find((cell) => !unit.cells.some(({ id }) => id === cell));
    if (strange !== undefined)
      return { ok: false, reason: `unit ${change.unit} has no cell ${strange} in the present ruleset` };
    added.push({ unit: change.unit, weights: change.weights, author, reason, expiresAt: change.expiresAt });
  }
  return { ok: true, overrides: [...overrides.filter(({ unit }) => !changed.has(unit)), ...added] };
}
