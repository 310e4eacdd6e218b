import type { OperationsAnswer, TableAnswer } from '../../src/control/api-types.ts';

export interface WorldView {
  readonly table: TableAnswer | null;
  readonly operations: OperationsAnswer | null;
  /** Epoch that each living gateway runs; null: it does not answer. */
  readonly gateways: ReadonlyMap<string, number | null>;
}

/** What is missing until all is quiet and equal, in words; empty: nothing. Pure. */
export function missingForQuiet({ table, operations, gateways }: WorldView): string[] {
  if (table === null || operations === null) return ['control does not answer'];
  const missing: string[] = [];
  for (const { shards, state } of table.shards) if (state !== 'ACTIVE') missing.push(`shards ${shards} are ${state}`);
  // What only waits for a lost copy to follow may take days and stops nobody.
  for (const { id, step, outcome, isReleased } of operations.operations)
    if (outcome === null && !(isReleased && step === 'follow')) missing.push(`operation ${id} is at ${step}`);
  for (const [gateway, epoch] of gateways)
    if (epoch !== table.epoch) missing.push(`${gateway} runs epoch ${epoch ?? 'none'}, the table’s is ${table.epoch}`);
  return missing;
}
