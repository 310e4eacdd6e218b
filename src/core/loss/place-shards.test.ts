import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Demand, placeShards } from './place-shards.ts';
import { countShards } from './shard-run.ts';

const TARGETS = ['A', 'B', 'C'] as const;

interface World {
  readonly demands: readonly Demand[];
  readonly room: ReadonlyMap<string, number>;
}

const anyWorld: fc.Arbitrary<World> = fc
  .record({
    sizes: fc.array(fc.record({ shards: fc.nat(4), targets: fc.shuffledSubarray([...TARGETS]) }), { maxLength: 4 }),
    room: fc.tuple(fc.nat(6), fc.nat(6), fc.nat(6)),
  })
  .map(({ sizes, room }) => ({
    // With holes between the runs, so that splitting them is tested too.
    demands: sizes.map(({ shards, targets }, unit) => ({
      unit: `U${unit}`,
      shards: Array.from({ length: shards }, (_, index) => {
        const shard = unit * 20 + index + (index > 1 ? 5 : 0);
        return [shard, shard] as const;
      }),
      targets,
    })),
    room: new Map(TARGETS.map((target, index) => [target, room[index] ?? 0])),
  }));

interface Best {
  readonly placed: number;
  readonly cost: number;
}

/** Tries every way to hand out every shard. */
function bruteForce({ demands, room }: World): Best {
  const shards = demands.flatMap((demand) => Array(countShards(demand.shards)).fill(demand) as Demand[]);
  const left = new Map(room);
  const memo = new Map<string, Best>();
  const best = (index: number): Best => {
    const demand = shards[index];
    if (demand === undefined) return { placed: 0, cost: 0 };
    const key = `${index} ${[...left.values()].join()}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    let found = best(index + 1);
    demand.targets.forEach((target, rank) => {
      const free = left.get(target) ?? 0;
      if (free === 0) return;
      left.set(target, free - 1);
      const rest = best(index + 1);
      const candidate = { placed: rest.placed + 1, cost: rest.cost + rank };
      if (candidate.placed > found.placed || (candidate.placed === found.placed && candidate.cost < found.cost))
        found = candidate;
      left.set(target, free);
    });
    memo.set(key, found);
    return found;
  };
  return best(0);
}

test('places as many shards as any way could, by the preferences as well as any way could', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const { moves } = placeShards(world.demands, world.room);
      const rank = (from: string, to: string): number =>
        world.demands.find(({ unit }) => unit === from)?.targets.indexOf(to) ?? -1;
      const placed = moves.reduce((sum, { shards }) => sum + countShards(shards), 0);
      const cost = moves.reduce((sum, { from, to, shards }) => sum + rank(from, to) * countShards(shards), 0);
      assert.deepEqual({ placed, cost }, bruteForce(world));
    }),
    { numRuns: 500 },
  );
});

test('moves only shards of the unit, each once, to its targets, within their room', () => {
  fc.assert(
    fc.property(anyWorld, ({ demands, room }) => {
      const { moves } = placeShards(demands, room);
      const taken = new Map<string, number>();
      const moved = moves.flatMap(({ from, to, shards }) => {
        const demand = demands.find(({ unit }) => unit === from);
        assert.ok(demand !== undefined);
        assert.ok(demand.targets.includes(to));
        taken.set(to, (taken.get(to) ?? 0) + countShards(shards));
        for (const [first] of shards) assert.ok(demand.shards.some(([shard]) => shard === first));
        return shards.map(([first]) => first);
      });
      assert.equal(new Set(moved).size, moved.length);
      for (const [target, count] of taken) assert.ok(count <= (room.get(target) ?? 0));
    }),
    { numRuns: 300 },
  );
});

test('a shortage names units and targets that prove it: those units may use those targets only, and all are full', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const { shortage } = placeShards(world.demands, world.room);
      const total = world.demands.reduce((sum, { shards }) => sum + countShards(shards), 0);
      const missing = total - bruteForce(world).placed;
      if (shortage === null) {
        assert.equal(missing, 0);
        return;
      }
      const named = world.demands.filter(({ unit }) => shortage.units.includes(unit));
      assert.equal(
        shortage.shards,
        named.reduce((sum, { shards }) => sum + countShards(shards), 0),
      );
      assert.equal(
        shortage.room,
        shortage.targets.reduce((sum, target) => sum + (world.room.get(target) ?? 0), 0),
      );
      assert.ok(named.every(({ targets }) => targets.every((target) => shortage.targets.includes(target))));
      assert.equal(shortage.shards - shortage.room, missing);
    }),
    { numRuns: 500 },
  );
});

test('a preferred target is given up for a unit that has no other', () => {
  const demands: Demand[] = [
    { unit: 'U1', shards: [[0, 9]], targets: ['A', 'B'] },
    { unit: 'U2', shards: [[10, 19]], targets: ['A'] },
  ];
  const { moves, shortage } = placeShards(
    demands,
    new Map([
      ['A', 12],
      ['B', 100],
    ]),
  );
  assert.equal(shortage, null);
  assert.deepEqual(moves, [
    { from: 'U1', to: 'A', shards: [[0, 1]] },
    { from: 'U1', to: 'B', shards: [[2, 9]] },
    { from: 'U2', to: 'A', shards: [[10, 19]] },
  ]);
});

test('a target without known room takes nothing, and one that has too much already takes nothing', () => {
  const demand: Demand = { unit: 'U1', shards: [[0, 4]], targets: ['A', 'B'] };
  const { moves, shortage } = placeShards([demand], new Map([['A', -3]]));
  assert.deepEqual(moves, []);
  assert.deepEqual(shortage, { units: ['U1'], targets: ['A', 'B'], shards: 5, room: 0 });
});
