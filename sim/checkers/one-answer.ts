import { decodeOperation, OPERATION_PREFIX } from '../../src/control/records/operation-record.ts';
import type { Operation } from '../../src/core/operation/operation.ts';
import { eachShard } from '../../src/core/operation/runs.ts';
import type { LedgerEntry } from '../../src/reference-unit/ledger-entry.ts';
import type { Checked, Checker } from './checker.ts';
import { shardNumber } from './shard-number.ts';

const FIRST_EPOCH = 1;

/** One instance per world: it remembers what was executed where. */
export function oneAnswer(): Checker {
  const executed = new Map<string, LedgerEntry[]>();
  const operations = new Map<string, Operation>();
  return {
    name: 'one-answer',
    sentence:
      'Exactly one final answer per request; a non-idempotent one is executed at most once; an acknowledged write is found at the final owner (emergency with asynchronous copies: outside the recorded range).',
    watch({ fleet }, violate) {
      const delivered = new Map<string, number>();
      fleet.facts.on('executed', ({ entry }) => {
        const all = executed.get(entry.id);
        if (all === undefined) executed.set(entry.id, [entry]);
        else all.push(entry);
      });
      fleet.facts.on('answered', ({ request, finals }) => {
        if (finals > 1) violate(`${request.tag} got ${finals} final answers`, request.shard);
      });
      fleet.facts.on('delivered', ({ tag, shard, dataCenter }) => {
        const count = (delivered.get(tag) ?? 0) + 1;
        delivered.set(tag, count);
        if (count > 1) violate(`${tag} reached an application a second time, in ${dataCenter}`, shard);
      });
      fleet.facts.on('confirmed', ({ dataCenter, shard, account, id, required }) => {
        const entry = fleet.cells.get(dataCenter)?.tables.log.entryById(shard, account, id);
        const since = fleet.history.table?.shards.since[shardNumber(shard)];
        // What a new owner's copies set aside is the emergency's range.
        if ((entry?.lineage || FIRST_EPOCH) !== since) return;
        for (const copy of required)
          if (fleet.cells.get(copy)?.tables.log.entryById(shard, account, id) === null)
            violate(`${dataCenter} acknowledges ${id}, which ${copy} does not have`, shardNumber(shard));
      });
      fleet.facts.on('notExecuted', ({ tag }) => delivered.set(tag, 0));
      fleet.facts.on('committed', ({ commit }) => {
        for (const { key, value } of commit.writes) {
          if (value === null || !key.startsWith(OPERATION_PREFIX)) continue;
          const operation = decodeOperation(key, value);
          if (operation.lost.length > 0) operations.set(key, operation);
        }
      });
    },
    atEnd: (checked) => lostEntries(checked, executed, [...operations.values()]),
  };
}

function lostEntries(
  { crowd, fleet }: Checked,
  executed: ReadonlyMap<string, readonly LedgerEntry[]>,
  operations: readonly Operation[],
): string[] {
  const problems: string[] = [];
  const { table } = fleet.history;
  if (table === null) return ['there is no table'];
  for (const { request } of crowd.acknowledged.values()) {
    const entries = executed.get(request.id) ?? [];
    const [first] = entries;
    if (first === undefined) {
      problems.push(`${request.id} was acknowledged and never executed`);
      continue;
    }
    const primary = table.topology.dataCenters[table.shards.primary[request.shard] ?? -1]?.id ?? '';
    const found = fleet.cells.get(primary)?.tables.log.entryById(first.shard, first.account, first.id) ?? null;
    if (found !== null || entries.some((entry) => operations.some((each) => isRecorded(each, entry)))) continue;
    const where = entries.map(({ lineage, offset }) => `${lineage}:${offset}`).join(', ');
    problems.push(
      `shard ${first.shard}: ${request.id} was acknowledged (taken at ${where}), and the owner in ${primary} does not have it`,
    );
  }
  return problems;
}

/** Whether the operation put on record that this entry may be lost. */
function isRecorded({ lost }: Operation, { shard, lineage, offset }: LedgerEntry): boolean {
  const number = shardNumber(shard);
  return lost.some(
    (range) =>
      (lineage || FIRST_EPOCH) === range.lineage &&
      offset > range.afterOffset &&
      [...eachShard(range.shards)].includes(number),
  );
}
