import { finishPlan } from './finish-plan.ts';
import type { PlanResult } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { unknownUnit } from './plan-move.ts';

export interface ShiftOrder {
  readonly unit: string;
  /** Cells that are not named keep their weight; null: the override goes. */
  readonly weights: Readonly<Record<string, number>> | null;
  /** Wall-clock ms since 1970 at which the override goes; null: never. */
  readonly expiresAt: number | null;
}

/** Changes the weights of a unit's cells; nothing freezes, no shard's epoch changes. */
export function planShift(input: PlanInput, { unit: name, weights, expiresAt }: ShiftOrder): PlanResult {
  const { table, unavailable: down } = input;
  const { topology } = table;
  const unit = topology.units[topology.unitIndex.get(name) ?? -1];
  if (unit === undefined) return unknownUnit(topology, name);
  if (unit.kind === 'C')
    return no(`cells of ${name} are chosen by nearness`, 'only units of kind R and G have weights');
  if (weights === null) {
    const isOverridden = table.overrides.some((override) => override.unit === name);
    if (!isOverridden) return no(`the weights of ${name} are not overridden`, 'nothing has to be done');
    return finishPlan(input, {
      kind: 'shift',
      moves: [],
      weights: [{ unit: name, weights: null, expiresAt: null }],
      down,
    });
  }
  const cells = table.cellsOfUnit[unit.index] ?? [];
  const strange = Object.keys(weights).find((id) => !cells.some((cell) => cell.id === id));
  const names = cells.map(({ id }) => id).join(', ');
  if (strange !== undefined) return no(`unit ${name} has no cell ${strange}`, `its cells are ${names}`);
  const wanted = Object.fromEntries(cells.map(({ id, weight }) => [id, weights[id] ?? weight]));
  const odd = Object.entries(wanted).find(([, weight]) => !Number.isInteger(weight) || weight < 0 || weight > 100);
  if (odd !== undefined) return no(`the weight of ${odd[0]} is ${odd[1]}`, 'weights are whole numbers from 0 to 100');
  const sum = Object.values(wanted).reduce((total, weight) => total + weight, 0);
  if (sum !== 100) return no(`unit ${name}: cell weights add up to ${sum}, must be 100`, `give weights to ${names}`);
  if (cells.every(({ id, weight }) => wanted[id] === weight))
    return no('these weights are in force', 'nothing has to be done');
  const alive = cells.filter(({ dataCenter }) => !down.has(topology.dataCenters[dataCenter]?.id ?? ''));
  if (!alive.some(({ id }) => (wanted[id] ?? 0) > 0)) {
    return no(
      `no cell of ${name} that is up would have a weight`,
      `give one to ${alive.map(({ id }) => id).join(', ')}`,
    );
  }
  return finishPlan(input, { kind: 'shift', moves: [], weights: [{ unit: name, weights: wanted, expiresAt }], down });
}

function no(reason: string, next: string): PlanResult {
  return { ok: false, reason, next };
}
