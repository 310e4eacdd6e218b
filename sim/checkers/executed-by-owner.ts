import type { Checker } from './checker.ts';
import { shardNumber, shardNumbers } from './shard-number.ts';

/** A copy that was never promoted has lineage 0, its owner owns since the first epoch. */
const FIRST_EPOCH = 1;

export const executedByOwner: Checker = {
  name: 'executed-by-owner',
  sentence: 'Every executed write carries an epoch at which its unit was owner without interruption (`since`).',
  watch({ fleet }, violate) {
    const fences = new Map<string, number>();
    fleet.facts.on('gateTook', ({ dataCenter, epoch, shards }) => {
      for (const shard of shardNumbers(shards)) {
        const key = `${dataCenter} ${shard}`;
        fences.set(key, Math.max(fences.get(key) ?? 0, epoch));
      }
    });
    fleet.facts.on('executed', ({ dataCenter, entry, unit }) => {
      const shard = shardNumber(entry.shard);
      fleet.world.note(
        shard,
        `cells-${dataCenter}`,
        `takes ${entry.id} at ${entry.epoch}, ${entry.lineage}:${entry.offset}`,
      );
      const era = fleet.history.at(shard, entry.epoch);
      const what = `${dataCenter} took ${entry.id} at epoch ${entry.epoch} for ${unit}`;
      const fence = fences.get(`${dataCenter} ${shard}`) ?? 0;
      if (entry.epoch < fence) violate(`${what}; its gate had taken a call at ${fence}`, shard);
      if (era === null) violate(`${what}; the shard never had this epoch`, shard);
      else if (!era.isActive || era.unit !== unit)
        violate(`${what}; the owner then was ${era.isActive ? era.unit : 'nobody'}`, shard);
      else if ((entry.lineage || FIRST_EPOCH) !== era.since)
        violate(`${what} into lineage ${entry.lineage}; that ownership began at ${era.since}`, shard);
    });
  },
};
