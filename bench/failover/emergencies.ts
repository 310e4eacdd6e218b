import { setTimeout as pause } from 'node:timers/promises';
import type { OperationView } from '../../src/control/api-types.ts';
import { BenchFleet } from './bench-fleet.ts';
import { type BooksReport, checkBooks } from './books.ts';
import type { LedgerCopy } from './ledger-copy.ts';
import { isSuccess, type LoadAnswer } from './load-answer.ts';
import { lostOutsideRange } from './lost-range.ts';
import { OpenLoopLoad } from './open-loop-load.ts';
import { movedShards, stepsInWords } from './operation-times.ts';
import { failureInWords } from './planned-moves.ts';
import { shardNames } from './shard-names.ts';

export interface EmergencyRun {
  /** What is lost, as the command names it: `dc sz-a`, `city hangzhou`. */
  readonly place: string;
  readonly dataCenters: readonly string[];
  /** Home shards of the units that lose a cell or a copy of their own: their requests in flight may be cut off. */
  readonly touched: string;
  readonly acknowledge: 'same-city' | 'remote';
  /** Delay of the lost data centers' way to other cities, so that there is something to lose; 0: none. */
  readonly delayMs: number;
  readonly perSecond: number;
  readonly leadInMs: number;
  readonly guardHorizonMs: number;
}

export interface EmergencyResult {
  readonly operation: OperationView;
  /** From the command to the first accepted write, ms, by concerned shard. */
  readonly recoveries: readonly number[];
  /** Of requests that came to a door that is left. */
  readonly failed: { readonly concerned: number; readonly touched: number; readonly others: number };
  /** Requests in flight at the doors that vanished. */
  readonly cutWithDoor: number;
  readonly requests: number;
  readonly books: BooksReport;
  /** Of the lost ones, those that the operation's record does not name. */
  readonly lostOutside: number;
}

/** Kills data centers under load, gives the command at that moment, and looks at the books afterwards. */
export async function runEmergency(run: EmergencyRun, say: (line: string) => void): Promise<EmergencyResult> {
  const { dataCenters, place, acknowledge, guardHorizonMs } = run;
  const fleet = await BenchFleet.start(['--acknowledge', acknowledge, '--guard-horizon', String(guardHorizonMs)]);
  try {
    if (run.delayMs > 0) for (const name of dataCenters) await fleet.delayReplication(name, run.delayMs);
    const load = new OpenLoopLoad({ doors: fleet.doors, perSecond: run.perSecond });
    let answers: readonly LoadAnswer[];
    let carried: Awaited<ReturnType<BenchFleet['carryOut']>>;
    try {
      await pause(run.leadInMs);
      await load.everyShardWrites();
      load.loseDoors(dataCenters);
      fleet.destroy(dataCenters);
      carried = await fleet.carryOut(`failover ${place} --emergency --accept-data-loss`);
      await load.everyShardWrites();
    } finally {
      answers = await load.stop();
    }
    say(`${place}: ${stepsInWords(carried.operation)}`);
    const { grantEpoch, outcome } = carried.operation;
    if (grantEpoch === null)
      throw new Error(`the emergency of ${place} granted nothing: ${outcome?.reason ?? 'no end'}`);
    const primaries = await fleet.primaries();
    const ledgers = await fleet.end();
    return resultOf(run, carried, answers, primaries, ledgers, say);
  } finally {
    await fleet.dispose();
  }
}

function resultOf(
  run: EmergencyRun,
  { operation, commandAt }: Awaited<ReturnType<BenchFleet['carryOut']>>,
  answers: readonly LoadAnswer[],
  primaries: ReadonlyMap<string, string>,
  ledgers: ReadonlyMap<string, LedgerCopy>,
  say: (line: string) => void,
): EmergencyResult {
  const moved = movedShards(operation);
  const touched = new Set(shardNames(run.touched));
  const ownerOf = (shard: string): LedgerCopy => {
    const owner = primaries.get(shard);
    const copy = ledgers.get(owner ?? '');
    if (copy === undefined)
      throw new Error(`shard ${shard} is at ${owner}, there are ledgers of ${[...ledgers.keys()]}`);
    return copy;
  };
  const books = checkBooks(
    answers.filter(({ kind }) => kind === 'write'),
    ownerOf,
  );
  const failures = answers.filter((answer) => !isSuccess(answer));
  const atLiving = failures.filter(({ door }) => !run.dataCenters.includes(door));
  const isOther = ({ shard }: LoadAnswer): boolean => !moved.has(shard) && !touched.has(shard);
  for (const answer of atLiving.filter(isOther).slice(0, 5)) say(failureInWords(answer));
  return {
    operation,
    recoveries: [...recoveries(answers, moved, operation.grantEpoch ?? 0, commandAt).values()],
    failed: {
      concerned: atLiving.filter(({ shard }) => moved.has(shard)).length,
      touched: atLiving.filter(({ shard }) => !moved.has(shard) && touched.has(shard)).length,
      others: atLiving.filter(isOther).length,
    },
    cutWithDoor: failures.length - atLiving.length,
    requests: answers.length,
    books,
    lostOutside: lostOutsideRange(books.lost, operation.lost, lostCopies(operation, ledgers)).length,
  };
}

/** The lost copy that took the writes of a shard before. */
function lostCopies(
  { moves }: OperationView,
  ledgers: ReadonlyMap<string, LedgerCopy>,
): (shard: string) => LedgerCopy | undefined {
  const from = new Map(
    moves.flatMap((move) => shardNames(move.shards).map((shard): [string, string] => [shard, move.from.dataCenter])),
  );
  return (shard) => ledgers.get(`lost-${from.get(shard)}`);
}

/** Ms from the command to the end of the first write that was accepted under the grant; infinite where none was. */
export function recoveries(
  answers: Iterable<LoadAnswer>,
  shards: ReadonlySet<string>,
  grantEpoch: number,
  commandAt: number,
): ReadonlyMap<string, number> {
  const first = new Map([...shards].map((shard): [string, number] => [shard, Number.POSITIVE_INFINITY]));
  for (const answer of answers) {
    const { kind, shard, doneAt, epoch } = answer;
    const before = first.get(shard);
    if (before === undefined || kind !== 'write' || !isSuccess(answer) || epoch === null || epoch < grantEpoch)
      continue;
    first.set(shard, Math.min(before, doneAt - commandAt));
  }
  return first;
}
