import { decodeOperation, OPERATION_PREFIX } from '../../src/control/records/operation-record.ts';
import { ACTIVE } from '../../src/core/shard-columns.ts';
import type { Checked, Checker } from './checker.ts';

/** What is still missing for quiet, in words; empty: nothing. Asked again and again after the faults. */
export function missingForQuiet({ fleet, crowd }: Checked): string[] {
  const missing: string[] = [];
  const { table } = fleet.history;
  if (table === null) return ['there is no table'];
  for (const { key, value } of fleet.store.truth.snapshot(OPERATION_PREFIX).entries) {
    const { outcome, step, id } = decodeOperation(key, value);
    if (outcome === null) missing.push(`operation ${id} is at step ${step}`);
  }
  const frozen = [...table.shards.state.keys()].filter((shard) => table.shards.state[shard] !== ACTIVE);
  if (frozen.length > 0) missing.push(`${frozen.length} shards are frozen, the first is ${frozen[0]}`);
  if (table.shards.operation.size > 0) missing.push(`${table.shards.operation.size} shards are held by operations`);
  for (const { process, core, guard, held } of fleet.gateways) {
    const running = core.routing.current?.table.epoch ?? null;
    if (running !== table.epoch) missing.push(`${process.id} runs epoch ${running}, not ${table.epoch}`);
    if (held > 0) missing.push(`${process.id} holds ${held} requests`);
    if (guard.horizon <= process.monotonicMs())
      missing.push(`the guard of ${process.id} is closed: ${guard.closedBy ?? 'its horizon passed'}`);
    if (guard.writesInFlight > 0 && crowd.inFlight === 0)
      missing.push(`${process.id} has ${guard.writesInFlight} writes in flight`);
  }
  if (!fleet.controls.some(({ isLeading }) => isLeading)) missing.push('no control node leads');
  if (crowd.inFlight > 0) missing.push(`${crowd.inFlight} requests have no answer`);
  return missing;
}

export const quietAtLast: Checker = {
  name: 'quiet-at-last',
  sentence: 'After the faults end, operations end, shards are ACTIVE, nothing is held.',
  watch: () => undefined,
  atEnd: missingForQuiet,
};
