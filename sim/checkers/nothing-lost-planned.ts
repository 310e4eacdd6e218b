import { decodeOperation, OPERATION_PREFIX } from '../../src/control/records/operation-record.ts';
import type { Epoch, ShardId } from '../../src/core/ids.ts';
import { lineagesAt, type Operation } from '../../src/core/operation/operation.ts';
import { eachShard } from '../../src/core/operation/runs.ts';
import { shardName } from '../../src/core/shard-name.ts';
import { markOf, sameMark } from '../../src/reference-unit/ledger-entry.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Checker } from './checker.ts';

const FIRST_EPOCH = 1;

export const nothingLostPlanned: Checker = {
  name: 'nothing-lost-planned',
  sentence:
    'Planned: at the grant the target has every acknowledged write; with a fencing application every executed one (RPO = 0).',
  watch({ fleet }, violate) {
    fleet.facts.on('committed', ({ commit, after }) => {
      for (const { key, value } of commit.writes) {
        if (value === null || !key.startsWith(OPERATION_PREFIX)) continue;
        const operation = decodeOperation(key, value);
        // The choice is on record before anything is granted: this transaction leaves the table as it is.
        if (operation.isEmergency && operation.step === 'acknowledge')
          for (const [shard, detail] of foreign(fleet, operation)) violate(detail, shard);
        if (operation.isEmergency || operation.grantEpoch !== after?.epoch || operation.step !== 'promote') continue;
        for (const [shard, detail] of missing(fleet, operation)) violate(detail, shard);
      }
    });
  },
};

/** An emergency loses what it puts on record: of a copy of another lineage nobody can say what that is. */
function foreign({ cells, topology }: Fleet, { id, moves, lineages }: Operation): [number, string][] {
  const found: [number, string][] = [];
  for (const { shards, to } of moves) {
    const log = cells.get(to.dataCenter)?.tables.log;
    if (log === undefined) continue;
    for (const shard of eachShard(shards)) {
      const { lineage, offset, role } = log.state(shardName(topology.shardRule, shard as ShardId));
      const allowed = lineagesAt({ lineages }, shard);
      if (allowed.includes((lineage || FIRST_EPOCH) as Epoch)) continue;
      const what = `operation ${id} chooses the copy in ${to.dataCenter} (${role}) at ${lineage}:${offset}`;
      found.push([shard, `${what}; the owner’s lineage is ${allowed.join(' or ')}`]);
    }
  }
  return found;
}

function missing({ cells, topology }: Fleet, { id, moves }: Operation): [number, string][] {
  const found: [number, string][] = [];
  for (const { shards, from, to } of moves) {
    const [source, target] = [cells.get(from.dataCenter)?.tables.log, cells.get(to.dataCenter)?.tables.log];
    if (source === undefined || target === undefined) continue;
    for (const shard of eachShard(shards)) {
      const name = shardName(topology.shardRule, shard as ShardId);
      const { offset } = source.state(name);
      const copy = target.state(name);
      const isSame = copy.role !== 'stale' && copy.lineage === source.state(name).lineage;
      const isThere = sameMark(markOf(source.entryAt(name, offset)), markOf(target.entryAt(name, offset)));
      if (isThere && isSame) continue;
      const last = `${from.dataCenter} ends at ${source.state(name).lineage}:${offset}, ${to.dataCenter} (${copy.role}) at ${copy.lineage}:${copy.offset}`;
      found.push([shard, `operation ${id} is granted, and ${last}`]);
    }
  }
  return found;
}
