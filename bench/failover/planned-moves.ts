import { setTimeout as pause } from 'node:timers/promises';
import { BenchFleet } from './bench-fleet.ts';
import { type BooksReport, checkBooks } from './books.ts';
import type { LedgerCopy } from './ledger-copy.ts';
import { isSuccess, type LoadAnswer } from './load-answer.ts';
import { OpenLoopLoad } from './open-loop-load.ts';
import { clockOffset, freezeOf, stepsInWords } from './operation-times.ts';
import { longestWait, shardPauses } from './shard-pauses.ts';

export interface PlannedRun {
  readonly perSecond: number;
  readonly commands: readonly string[];
  readonly rounds: number;
  /** Of load alone, before the first command. */
  readonly leadInMs: number;
  /** Of load alone, after each, when every shard is served again. */
  readonly settleMs: number;
}

/** One carrying out of one command. */
export interface PlannedMove {
  readonly command: string;
  readonly requests: number;
  readonly failed: number;
  /** Of the moved shards, ms: of all requests, and of writes alone. */
  readonly pauses: readonly number[];
  readonly writePauses: readonly number[];
  /** From the freeze to the release by the operation's record, ms. */
  readonly frozenMs: number;
  readonly longestWaitMs: number;
}

export interface PlannedResult {
  readonly moves: readonly PlannedMove[];
  readonly requests: number;
  readonly failed: number;
  readonly perSecond: number;
  /** Longest delay between due and sent, ms: what the machine owed the schedule. */
  readonly latestSendMs: number;
  readonly books: BooksReport;
}

interface Carried {
  readonly command: string;
  readonly operation: Awaited<ReturnType<BenchFleet['carryOut']>>['operation'];
  readonly fromAt: number;
  readonly toAt: number;
}

/** Carries planned commands out one after the other on one fleet under load, and looks at the books afterwards. */
export async function runPlannedMoves(run: PlannedRun, say: (line: string) => void): Promise<PlannedResult> {
  const fleet = await BenchFleet.start([]);
  try {
    const load = new OpenLoopLoad({ doors: fleet.doors, perSecond: run.perSecond });
    let answers: readonly LoadAnswer[];
    const carried: Carried[] = [];
    try {
      await pause(run.leadInMs);
      await load.everyShardWrites();
      for (let round = 0; round < run.rounds; round += 1)
        for (const command of run.commands) carried.push(await carryOut(fleet, load, command, run.settleMs, say));
    } finally {
      answers = await load.stop();
    }
    const offset = clockOffset();
    const primaries = await fleet.primaries();
    const ledgers = await fleet.end();
    const ownerOf = (shard: string): LedgerCopy => ledgers.get(primaries.get(shard) ?? '') as LedgerCopy;
    const books = checkBooks(
      answers.filter(({ kind }) => kind === 'write'),
      ownerOf,
    );
    for (const answer of answers.filter((each) => !isSuccess(each)).slice(0, 5)) say(failureInWords(answer));
    return {
      moves: carried.map((each) => moveOf(each, answers, offset)),
      requests: answers.length,
      failed: answers.filter((answer) => !isSuccess(answer)).length,
      perSecond: rateOf(answers),
      latestSendMs: answers.reduce((latest, { sentAt, dueAt }) => Math.max(latest, sentAt - dueAt), 0),
      books,
    };
  } finally {
    await fleet.dispose();
  }
}

async function carryOut(
  fleet: BenchFleet,
  load: OpenLoopLoad,
  command: string,
  settleMs: number,
  say: (line: string) => void,
): Promise<Carried> {
  const { operation, commandAt } = await fleet.carryOut(command);
  if (operation.outcome?.kind === 'aborted') throw new Error(`ldc ${command}: ${operation.outcome.reason}`);
  await load.everyShardWrites();
  await pause(settleMs);
  say(`${command}: ${stepsInWords(operation)}`);
  return { command, operation, fromAt: commandAt, toAt: performance.now() };
}

function moveOf(
  { command, operation, fromAt, toAt }: Carried,
  answers: readonly LoadAnswer[],
  offset: number,
): PlannedMove {
  const own = answers.filter(({ dueAt }) => dueAt >= fromAt && dueAt < toAt);
  const freeze = freezeOf(operation, offset);
  const pausesOf = (seen: readonly LoadAnswer[]): number[] =>
    freeze === null ? [] : [...shardPauses(seen, freeze).values()];
  return {
    command,
    requests: own.length,
    failed: own.filter((answer) => !isSuccess(answer)).length,
    pauses: pausesOf(answers),
    writePauses: pausesOf(answers.filter(({ kind }) => kind === 'write')),
    frozenMs: operation.frozenMs ?? 0,
    longestWaitMs: longestWait(answers, fromAt, toAt),
  };
}

export function rateOf(answers: readonly LoadAnswer[]): number {
  const dues = answers.map(({ sentAt }) => sentAt);
  const from = dues.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const to = dues.reduce((most, at) => Math.max(most, at), Number.NEGATIVE_INFINITY);
  return (answers.length - 1) / ((to - from) / 1_000);
}

export function failureInWords({ kind, shard, door, status, text }: LoadAnswer): string {
  return `failed: ${kind} of shard ${shard} at the door of ${door}: ${status ?? 'no answer'} ${text}`;
}
