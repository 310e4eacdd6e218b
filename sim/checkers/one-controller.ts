import { decodeLeader, LEADER_KEY } from '../../src/control/records/leader-record.ts';
import { decodeOperation, OPERATION_PREFIX } from '../../src/control/records/operation-record.ts';
import type { Checker } from './checker.ts';
import { shardNumbers } from './shard-number.ts';

/** One instance per world. */
export function oneController(): Checker {
  return {
    name: 'one-controller',
    sentence:
      'One controller’s effects per term, at the store and at the gates: a step is written by the leader of the term on record, and a copy is promoted only where the table on record says so.',
    watch({ fleet }, violate) {
      const sequences = new Map<string, number>();
      fleet.facts.on('committed', ({ commit }) => {
        for (const { key, value } of commit.writes) {
          if (value === null || !key.startsWith(OPERATION_PREFIX)) continue;
          const { stepSequence, step, id } = decodeOperation(key, value);
          const last = sequences.get(key);
          sequences.set(key, stepSequence);
          if (last === undefined) continue;
          const text = fleet.store.truth.get(LEADER_KEY);
          const leader = text === null ? null : decodeLeader(text);
          if (leader?.node !== commit.by)
            violate(`${commit.by} wrote step ${step} of ${id} in term ${leader?.term} of ${leader?.node}`);
          if (stepSequence !== last + 1) violate(`operation ${id} went from sequence ${last} to ${stepSequence}`);
        }
      });
      fleet.facts.on('gateTook', ({ dataCenter, call, epoch, shards, by }) => {
        if (call !== 'promote') return;
        for (const shard of shardNumbers(shards)) {
          const era = fleet.history.at(shard, epoch);
          if (era === null || !era.isActive || era.primary !== dataCenter || era.since !== epoch)
            violate(`${by} promoted the copy in ${dataCenter} at ${epoch}, which the table never granted`, shard);
        }
      });
    },
  };
}
