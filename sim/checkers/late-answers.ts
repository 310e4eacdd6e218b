import type { Epoch } from '../../src/core/ids.ts';
import { FREEZING } from '../../src/core/shard-columns.ts';
import type { Table } from '../../src/core/table.ts';
import type { SimGateway } from '../fleet/sim-gateway.ts';
import type { Checker } from './checker.ts';

/** When each shard that is frozen at a guard left ACTIVE there: the horizon of then, by the process's own clock. */
class AckHorizons {
  readonly #ofBoot = new Map<string, ReadonlyMap<number, number>>();

  applied(gateway: SimGateway, table: Table): void {
    const before = this.of(gateway);
    const after = new Map<number, number>();
    const { state } = table.shards;
    for (let shard = state.indexOf(FREEZING); shard !== -1; shard = state.indexOf(FREEZING, shard + 1))
      after.set(shard, before?.get(shard) ?? gateway.guard.horizon);
    this.#ofBoot.set(bootOf(gateway), after);
  }

  of(gateway: SimGateway): ReadonlyMap<number, number> | undefined {
    return this.#ofBoot.get(bootOf(gateway));
  }
}

const bootOf = ({ process, boot }: SimGateway): string => `${process.id} ${boot}`;

/** Why a guard must not pass an answer on for a shard that is frozen in its table; null: it may. */
function freezeForbids({ guard, process }: SimGateway, shard: number, horizons?: ReadonlyMap<number, number>) {
  const shards = guard.table?.shards;
  if (shards?.state[shard] !== FREEZING) return null;
  const [epoch, operation] = [shards.epoch[shard] as Epoch, shards.operation.get(shard)];
  if (guard.drained().some((each) => each.epoch === epoch && each.operation === operation))
    return 'has acknowledged that nothing of it is in flight';
  const horizon = horizons?.get(shard);
  return horizon !== undefined && process.monotonicMs() >= horizon
    ? 'held a horizon at the freeze that has passed'
    : null;
}

/** Stricter than the sentence: from the grant on, whether the new owner has written or not. One instance per world. */
export function lateAnswers(): Checker {
  return {
    name: 'late-answers',
    sentence: 'No decision to acknowledge (rule 5) at the old owner after the new owner’s first write.',
    watch({ fleet }, violate) {
      const horizons = new AckHorizons();
      fleet.facts.on('guardChanged', ({ gateway, after }) => {
        if (after !== null) horizons.applied(gateway, after);
      });
      fleet.facts.on('passedOn', ({ gateway, shard, epoch, unit }) => {
        const since = fleet.history.at(shard, epoch)?.since ?? 0;
        const granted = fleet.history.table?.shards.since[shard] ?? 0;
        const what = `${gateway.process.id} acknowledges a write of ${unit} at ${epoch}`;
        if (granted > since) violate(`${what}; the shard was granted at ${granted}`, shard);
        const forbidden = freezeForbids(gateway, shard, horizons.of(gateway));
        if (forbidden !== null) violate(`${what}; its guard ${forbidden}`, shard);
      });
    },
  };
}
