import assert from 'node:assert/strict';
import type { OperationView, PlanCall } from '../../src/control/api-types.ts';
import type { ControlProcess } from './control-process.ts';
import type { DrillFleet } from './drill-fleet.ts';
import type { HeldGateCalls } from './gate-relays.ts';
import { stopControls } from './stopped-controls.ts';

/** A moment of an operation at which its leader is lost. */
export interface LossPoint {
  /** What stands on record then. */
  readonly step: OperationView['step'];
  /** The call of a gate that is held there; null: the step waits by itself. */
  readonly call: string | null;
  /** On its way to the gate: no effect of the step has begun. On its way back: the gate has done it and nobody knows. */
  readonly when: 'before' | 'after';
  /** The step passes by itself: it may have, on a slow machine. */
  readonly isFleeting?: boolean;
  /** What a person asks for while the leader is stopped: nobody carries it out before the next one does. */
  readonly wish?: 'abort' | 'accept-data-loss';
}

export interface LossSubject {
  readonly call: PlanCall;
  /** `stopped`: while the first leader is stopped, which therefore never sees it. `last`: right before it is stopped. */
  readonly begins?: 'stopped' | 'last';
  /** A shard of the operation, by which its calls of gates are known. */
  readonly shard: number;
  readonly points: readonly LossPoint[];
}

interface Running extends LossSubject {
  readonly id: string;
}

const ROUND_LIMIT_MS = 60_000;

const at = (step: LossPoint['step'], call: string | null, when: LossPoint['when'] = 'before'): LossPoint => ({
  step,
  call,
  when,
});

const GRANTED = [at('promote', 'promote'), at('promote', 'promote', 'after'), at('follow', 'follow')] as const;
const LAST = at('follow', 'follow', 'after');

/** Every step of a planned move, of a change of primary and of a failback. */
export const PLANNED_POINTS: readonly LossPoint[] = [
  at('check', 'lag'),
  at('drain', 'fence'),
  at('drain', 'fence', 'after'),
  at('catchUp', 'position'),
  at('catchUp', 'caughtUp', 'after'),
  ...GRANTED,
  LAST,
];

/** Every step of an emergency that begins while there is no leader. */
export const EMERGENCY_POINTS: readonly LossPoint[] = [
  at('check', null),
  at('choose', 'position'),
  at('choose', 'position', 'after'),
  { ...at('acknowledge', null), wish: 'accept-data-loss' },
  ...GRANTED,
  LAST,
];

/** An emergency that loses its leader while it waits for W. */
export const EMERGENCY_IN_W: readonly LossPoint[] = [
  { ...at('drain', null), isFleeting: true },
  { ...at('acknowledge', null), wish: 'accept-data-loss' },
];

/** Only weights: one transaction, and before it nothing. */
export const SHIFT_POINTS: readonly LossPoint[] = [at('check', null)];

/** An abort that was asked for at a step, and that the leader did not come to. */
export function abortPoints(step: 'check' | 'drain' | 'catchUp'): readonly LossPoint[] {
  const call = { check: 'lag', drain: 'fence', catchUp: 'caughtUp' }[step];
  return [{ ...at(step, call), wish: 'abort' }];
}

/**
 * Loses the control leader at each point of each subject: in a round every subject is brought to its next point, the leader is stopped
 * and killed, and the other control process goes on. What was held on its way to a gate gets there afterwards: late calls of a dead
 * leader. Returns the operations as they ended, in the order of the subjects.
 */
export async function loseLeaders(drill: DrillFleet, subjects: readonly LossSubject[]): Promise<OperationView[]> {
  const { operator } = drill;
  const running = new Map<LossSubject, Running>();
  const begin = async (when: LossSubject['begins']): Promise<void> => {
    for (const subject of subjects.filter(({ begins }) => begins === when)) {
      running.set(subject, { ...subject, id: await operator.begin(subject.call, { reason: 'drill' }) });
    }
  };
  let held = holdRound(drill, subjects, 0);
  await begin(undefined);
  let killed: ControlProcess | undefined;
  let restarted: Promise<void> = Promise.resolve();
  const rounds = Math.max(...subjects.map(({ points }) => points.length));
  for (let round = 0; round < rounds; round += 1) {
    const taking = (): Running[] => [...running.values()].filter(({ points }) => points[round] !== undefined);
    await restarted;
    await within(
      ROUND_LIMIT_MS,
      `the calls of round ${round}`,
      [...held.values()].map(({ reached }) => reached),
    );
    await Promise.all(taking().map((one) => arrive(drill, one, round)));
    const leader = await drill.leader(killed);
    if (round === 0) await begin('last');
    // All of them, or another one would lead before everything is asked for.
    await stopControls(drill);
    if (round === 0) await begin('stopped');
    for (const one of taking()) await askFor(drill, one, round);
    await leader.kill();
    const next = holdRound(drill, subjects, round + 1);
    for (const one of held.values()) one.release();
    held = next;
    for (const control of drill.controls.values()) control.signal('SIGCONT');
    killed = leader;
    restarted = leader.start();
  }
  await restarted;
  return Promise.all(subjects.map((subject) => operator.ended(running.get(subject)?.id ?? '')));
}

async function within(limitMs: number, what: string, all: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${limitMs} ms: ${what}`)), limitMs);
  });
  await Promise.race([Promise.all(all), late]).finally(() => clearTimeout(timer));
}

function holdRound(
  { relays }: DrillFleet,
  subjects: readonly LossSubject[],
  round: number,
): Map<LossSubject, HeldGateCalls> {
  const held = new Map<LossSubject, HeldGateCalls>();
  for (const subject of subjects) {
    const point = subject.points[round];
    if (point === undefined || point.call === null) continue;
    held.set(subject, relays.hold({ call: point.call, shard: subject.shard, when: point.when }));
  }
  return held;
}

async function arrive({ operator }: DrillFleet, { id, points }: Running, round: number): Promise<void> {
  const point = points[round];
  if (point === undefined || point.isFleeting === true) return;
  await operator.until(id, `comes to ${point.step} (round ${round})`, ({ step }) => step === point.step);
}

async function askFor({ operator }: DrillFleet, { id, points }: Running, round: number): Promise<void> {
  const point = points[round];
  if (point?.wish !== undefined) await operator.ask(id, point.wish);
  const { step, outcome } = await operator.get(id);
  assert.equal(outcome, null);
  if (point?.isFleeting !== true) assert.equal(step, point?.step);
}
