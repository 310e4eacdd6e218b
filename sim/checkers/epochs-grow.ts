import type { Table } from '../../src/core/table.ts';
import type { Checker } from './checker.ts';
import { shardNumber, shardNumbers } from './shard-number.ts';

const FIELDS = ['state', 'owner', 'primary', 'previous', 'since'] as const;

export const epochsGrow: Checker = {
  name: 'epochs-grow',
  sentence: 'Epochs only grow, everywhere; one owner per (incarnation, shard, epoch).',
  watch({ fleet }, violate) {
    fleet.facts.on('committed', ({ before, after }) => {
      if (after === null || before === null) return;
      if (after.incarnation !== before.incarnation)
        violate(`incarnation ${before.incarnation} became ${after.incarnation}`);
      if (after.epoch !== before.epoch + 1) violate(`the table’s epoch went from ${before.epoch} to ${after.epoch}`);
      for (const [shard, detail] of shardMistakes(before, after)) violate(detail, shard);
    });
    fleet.facts.on('lineageFell', ({ dataCenter, shard, from, to }) =>
      violate(`the copy in ${dataCenter} went from lineage ${from} back to ${to}`, shardNumber(shard)),
    );
    const gates = new Map<string, { readonly epoch: number; readonly at: number }[]>();
    fleet.facts.on('gateTook', ({ dataCenter, call, epoch, shards, by, askedAt }) => {
      for (const shard of shardNumbers(shards)) {
        const key = `${dataCenter} ${shard}`;
        const taken = gates.get(key) ?? [];
        const higher = taken.find((each) => each.epoch > epoch && each.at < askedAt);
        if (higher !== undefined)
          violate(`the gate of ${dataCenter} took ${call} of ${by} at ${epoch} after it took ${higher.epoch}`, shard);
        if (epoch > (taken.at(-1)?.epoch ?? 0)) taken.push({ epoch, at: fleet.world.now });
        gates.set(key, taken);
      }
    });
    fleet.facts.on('restedOnOlder', ({ gateway, shown }) =>
      violate(`the guard of ${gateway.process.id} runs epoch ${gateway.guard.table?.epoch} and stays open by ${shown}`),
    );
    const digests = new Map<number, string>();
    const ran = new Map<string, number>();
    fleet.facts.on('guardChanged', ({ gateway, after }) => {
      if (after === null) return;
      const life = `${gateway.process.id} ${gateway.boot}`;
      const last = ran.get(life) ?? 0;
      if (after.epoch < last) violate(`${gateway.process.id} went from epoch ${last} back to ${after.epoch}`);
      ran.set(life, after.epoch);
      const known = digests.get(after.epoch) ?? after.digest;
      if (known !== after.digest) violate(`two tables claim epoch ${after.epoch}`);
      digests.set(after.epoch, known);
    });
  },
};

function shardMistakes(before: Table, after: Table): [number, string][] {
  const mistakes: [number, string][] = [];
  if (before.topology !== after.topology) return mistakes;
  for (let shard = 0; shard < after.shards.length; shard += 1) {
    const [was, is] = [before.shards.epoch[shard] as number, after.shards.epoch[shard] as number];
    if (is < was) mistakes.push([shard, `the shard’s epoch went from ${was} back to ${is}`]);
    if (is > after.epoch) mistakes.push([shard, `the shard’s epoch ${is} is above the table’s ${after.epoch}`]);
    const changed = FIELDS.find((field) => before.shards[field][shard] !== after.shards[field][shard]);
    if (changed !== undefined && is === was) mistakes.push([shard, `its ${changed} changed, its epoch ${is} did not`]);
    if (is !== was && is !== after.epoch) mistakes.push([shard, `it changed at epoch ${after.epoch} and says ${is}`]);
  }
  return mistakes;
}
