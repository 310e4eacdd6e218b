import type { UnitDocument } from '../core/topology-document.ts';
import { type Change, change } from './change.ts';
import { shareInWords } from './share.ts';

/**
 * Weights of a unit's cells, where one that is not there has none. A user changes its cell only as far as weight is taken
 * from the cell that it was in (core/cell-choice.ts), so the share that changes is the sum of what was taken.
 */
export function diffWeights(was: UnitDocument, is: UnitDocument, share: number): readonly Change[] {
  if (was.kind === 'C' || is.kind === 'C') return [];
  const [old, next] = [weights(was), weights(is)];
  const names = [...new Set([...old.keys(), ...next.keys()])];
  const differs = names.filter((name) => (old.get(name) ?? 0) !== (next.get(name) ?? 0));
  if (differs.length === 0) return [];
  const steps = differs.map((name) => `${name} ${old.get(name) ?? 0} → ${next.get(name) ?? 0}`).join(', ');
  const taken = differs.reduce((sum, name) => sum + Math.max(0, (old.get(name) ?? 0) - (next.get(name) ?? 0)), 0) / 100;
  const whose = is.kind === 'R' ? `its users (${shareInWords(taken * share)} of all)` : 'its requests';
  return [
    change('weights', is.id, `${is.id}: ${steps}: about ${shareInWords(taken)} of ${whose} change cell`, taken * share),
  ];
}

function weights(unit: UnitDocument): ReadonlyMap<string, number> {
  return new Map(unit.cells.map((cell) => [cell.id, cell.weight]));
}
