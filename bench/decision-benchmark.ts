import { cellHashOfUser } from '../src/core/cell-choice.ts';
import { decideShard, type EdgePlace } from '../src/core/decide.ts';
import type { Incarnation } from '../src/core/ids.ts';
import { NO_SHARD, shardOf } from '../src/core/shard-rule.ts';
import { firstTable, type Table } from '../src/core/table.ts';
import { CellDirectory } from '../src/gateway/cell-directory.ts';
import type { Benchmark, Scale } from './benchmark.ts';
import { type Figure, type Target, timeFigure } from './figure.ts';
import { largeDocument } from './large-ruleset.ts';
import { measureRounds, type Work } from './rounds.ts';
import { userIds } from './user-ids.ts';

const TARGET: Target = { bound: 'at most', value: 200 };
const USERS = 65_536;
const HEALTHY = { isReachable: true, isCellAvailable: () => true };
const SIZES = [
  { shards: 100, users: 'digits' },
  { shards: 1_000, users: 'digits' },
  { shards: 10_000, users: 'digits' },
  { shards: 1_024, users: 'letters' },
  { shards: 65_536, users: 'letters' },
] as const;

/** Goes through all users once. */
type Pass = () => number;

/** One decision as the pipeline makes it for an R request, and its parts. */
export const decisionBenchmark: Benchmark = {
  name: 'decision',
  title: 'One decision',
  what:
    'From the text of a user ID to a decision: shard, hash of the user, owner, cell by weight. Fifty units with two cells of ' +
    'weight 50 each; 65,536 different IDs of 16 characters one after the other; all sizes in one process, round by round.',
  run: async (scale) => decisionFigures(scale),
};

function decisionFigures(scale: Scale): Figure[] {
  const repeats = scale === 'full' ? 16 : 1;
  const passes = [...wholeDecisions(), ...parts()];
  const works = new Map(passes.map(([name, run]): [string, Work] => [name, { repeats, operations: USERS, run }]));
  const times = measureRounds(works, scale === 'full' ? { warmUps: 4, rounds: 15 } : { warmUps: 1, rounds: 2 });
  return [...times].map(([name, ofOne]) =>
    timeFigure(name, 'ns', ofOne, name.startsWith('a decision') ? TARGET : undefined),
  );
}

function wholeDecisions(): [name: string, pass: Pass][] {
  const sixteen = SIZES.map(({ shards, users }): [string, Pass] => {
    const how = users === 'digits' ? 'digits' : 'hash';
    return [`a decision, ${thousands(shards)} shards by ${how}`, decision(shards, userIds(USERS, 16, users))];
  });
  const long = decision(65_536, userIds(USERS, 36, 'letters'));
  return [...sixteen, ['a decision, 65,536 shards by hash, IDs of 36 characters', long]];
}

function decision(shards: number, users: readonly string[]): Pass {
  const table = tableOf(shards);
  const rule = table.topology.shardRule;
  const cells = directoryOf(table);
  return () => {
    let sumOfCells = 0;
    for (const user of users) {
      const decided = decideShard(table, placeOf(cells), shardOf(rule, user), cellHashOfUser(user), false);
      if (decided.kind !== 'forward') throw new Error(`not forwarded: ${decided.reason}`);
      sumOfCells += decided.cell.index;
    }
    return sumOfCells;
  };
}

/** The pieces that a decision is made of, each alone. */
function parts(): [name: string, pass: Pass][] {
  const [digits, letters] = [userIds(USERS, 16, 'digits'), userIds(USERS, 16, 'letters')];
  const table = tableOf(65_536);
  const cells = directoryOf(table);
  const hundred = tableOf(100).topology.shardRule;
  const hashed = letters.map((user) => [shardOf(table.topology.shardRule, user), cellHashOfUser(user)] as const);
  const looked = hashed.map(([shard, hash]) => ({ shard, hash }));
  return [
    ['part: shard of a user ID by digits', () => sum(digits, (user) => shardOf(hundred, user))],
    ['part: shard of a user ID by hash', () => sum(letters, (user) => shardOf(table.topology.shardRule, user))],
    ['part: hash of the user ID for the choice of a cell', () => sum(letters, cellHashOfUser)],
    [
      'part: look-up and choice of a cell, 65,536 shards',
      () => {
        let units = 0;
        for (const { shard, hash } of looked) {
          units += decideShard(table, placeOf(cells), shard, hash, false).unit?.index ?? 0;
        }
        return units;
      },
    ],
  ];
}

function sum(users: readonly string[], numberOf: (user: string) => number): number {
  let total = 0;
  for (const user of users) {
    const number = numberOf(user);
    if (number === NO_SHARD) throw new Error(`no shard for ${user}`);
    total += number;
  }
  return total;
}

function tableOf(shards: number): Table {
  return firstTable(largeDocument(shards), 'bench' as Incarnation, 'none');
}

function directoryOf(table: Table): CellDirectory {
  const directory = new CellDirectory();
  directory.update(table, () => HEALTHY);
  return directory;
}

/** As the pipeline makes it: for each decision. */
function placeOf(cells: CellDirectory): EdgePlace {
  return { dataCenter: 0, isAvailable: (cell) => cells.isAvailable(cell) };
}

function thousands(count: number): string {
  return count.toLocaleString('en-US');
}
