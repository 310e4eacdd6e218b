import { acceptTable } from '../src/core/accept-table.ts';
import type { Epoch, Incarnation } from '../src/core/ids.ts';
import { shardsAtHome } from '../src/core/table.ts';
import { indexTopology, NONE } from '../src/core/topology.ts';
import { Identity } from '../src/gateway/identity/identity.ts';
import { DEFAULT_IDENTITY_SETTINGS } from '../src/gateway/identity/identity-settings.ts';
import { openKeySource } from '../src/gateway/identity/open-key-source.ts';
import { compileRoutingView } from '../src/gateway/routing-view.ts';
import { parseRuleset } from '../src/ruleset/parse-ruleset.ts';
import { decodeTable, type EncodedTable, encodeTable, type TableContent } from '../src/store/records/table-record.ts';
import { machineClock } from '../test/support/machine-clock.ts';
import type { Benchmark, Scale } from './benchmark.ts';
import { type Figure, type Target, timeFigure } from './figure.ts';
import { largeDocument, largeRuleset } from './large-ruleset.ts';
import { measureRounds, type Work } from './rounds.ts';

const TARGET: Target = { bound: 'at most', value: 50 };
/** More than a process remembers: what it takes over is new to it each time. */
const VARIANTS = 9;
const ACCEPTED = 'taken over';

const identity = new Identity({
  settings: DEFAULT_IDENTITY_SETTINGS,
  clock: machineClock,
  count: () => undefined,
  sessionStore: null,
  openKeySource,
});

/** A table of 65,536 shards from the store's texts to the one that requests are routed by. */
export const tableBenchmark: Benchmark = {
  name: 'table',
  title: 'A table of 65,536 shards',
  what:
    'Taken over: from the head and the texts of its chunks (digests checked, JSON read, every run checked) through ' +
    'acceptTable to a new view of the routes, the topology indexed anew. At rest: each unit’s shards are neighbours and unchanged, a few runs. ' +
    'At worst: every shard has an epoch, an owner and a beginning of its own and is held by one of 64 operations, 65,536 runs.',
  run: async (scale) => tableFigures(scale),
};

function tableFigures(scale: Scale): Figure[] {
  const shards = scale === 'full' ? 65_536 : 1_024;
  const [atRest, atWorst] = [contentAtRest(shards), contentAtWorst(shards)];
  const restTexts = variants((number) => encodeTable(contentAtRest(shards, number)));
  const worstTexts = variants((number) => encodeTable(contentAtWorst(shards, number)));
  const [plain, scattered] = [largeRuleset(shards), largeRuleset(shards, true)];
  const runs: readonly (readonly [name: string, repeats: number, run: () => number])[] = [
    [`${ACCEPTED}, at rest (${sizeOf(restTexts[0] as EncodedTable)})`, 36, () => takeOver(restTexts)],
    [`${ACCEPTED}, at worst (${sizeOf(worstTexts[0] as EncodedTable)})`, VARIANTS, () => takeOver(worstTexts)],
    ['written to texts, at rest', 32, () => encodeTable(atRest).chunks.size],
    ['written to texts, at worst', 4, () => encodeTable(atWorst).chunks.size],
    [`ruleset parsed and checked, whole ranges (${kibibytes(plain.length)})`, 4, () => parse(plain)],
    [`ruleset parsed and checked, no two neighbours alike (${kibibytes(scattered.length)})`, 1, () => parse(scattered)],
  ];
  const works = new Map(runs.map(([name, repeats, run]): [string, Work] => [name, { repeats, operations: 1, run }]));
  const times = measureRounds(works, scale === 'full' ? { warmUps: 3, rounds: 15 } : { warmUps: 0, rounds: 2 });
  return [...times].map(([name, ofOne]) =>
    timeFigure(name, 'ms', ofOne, name.startsWith(ACCEPTED) ? TARGET : undefined),
  );
}

/** What a gateway does with a new table; the one that it runs is an epoch older and of another topology. */
function takeOver(texts: readonly EncodedTable[]): number {
  taken += 1;
  const number = taken % VARIANTS;
  const table = decodeTable(texts[number] as EncodedTable, realmOf(number));
  const acceptance = acceptTable({ ...table, epoch: (table.epoch - 1) as Epoch, digest: 'of the older' }, table);
  if (acceptance.kind !== 'accepted') throw new Error(`the table is ${acceptance.kind}`);
  return compileRoutingView(table.topology, (route) => identity.compile(route)).routes.length;
}

let taken = 0;

const realmOf = (number: number): string => `large-${number}`;

function variants(make: (number: number) => EncodedTable): EncodedTable[] {
  return Array.from({ length: VARIANTS }, (_, number) => make(number));
}

/** Of another realm and epoch for each number: no chunk has the text of another one's. */
function contentAtRest(shards: number, number = 0): TableContent {
  const topology = indexTopology({ ...largeDocument(shards), realm: realmOf(number) });
  const epoch = (number + 1) as Epoch;
  return { incarnation: 'bench' as Incarnation, epoch, topology, overrides: [], shards: shardsAtHome(topology, epoch) };
}

function contentAtWorst(shards: number, number = 0): TableContent {
  const content = contentAtRest(shards, number);
  const { topology } = content;
  const owners = topology.units.filter((unit) => unit.kind === 'R');
  const first = 1_000_000 + number;
  for (let shard = 0; shard < shards; shard += 1) {
    const owner = owners[shard % owners.length];
    content.shards.fill(shard, shard, {
      epoch: (first + shard) as Epoch,
      since: (first - shard) as Epoch,
      state: 'ACTIVE',
      owner: owner?.index ?? NONE,
      primary: owner?.primary ?? NONE,
      previous: NONE,
      operation: `operation-${shard % 64}`,
    });
  }
  return { ...content, epoch: (first + shards) as Epoch };
}

function parse(text: string): number {
  const parsed = parseRuleset(text, 'large.yaml');
  if (!parsed.ok) throw new Error(parsed.mistakes[0]?.message);
  return parsed.document.units.length;
}

function sizeOf({ chunks }: EncodedTable): string {
  return kibibytes([...chunks.values()].reduce((total, text) => total + text.length, 0));
}

function kibibytes(length: number): string {
  return `${Math.round(length / 1024).toLocaleString('en-US')} KiB`;
}
