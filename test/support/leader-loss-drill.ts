import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationView } from '../../src/control/api-types.ts';
import { DrillFleet } from './drill-fleet.ts';
import { PATIENT_DRILL_RULES } from './drill-rules.ts';
import {
  abortPoints,
  EMERGENCY_IN_W,
  EMERGENCY_POINTS,
  type LossSubject,
  loseLeaders,
  PLANNED_POINTS,
  SHIFT_POINTS,
} from './leader-losses.ts';
import { LedgerBooks } from './ledger-books.ts';

/** Users of every operation's shards, and of some that nothing touches. */
const USERS = ['07', '40', '44', '47', '51', '55', '60', '61', '63', '75', '80', '91'].map((shard) => `3000${shard}`);
const WRITE_PAUSE_MS = 120;
const HOME = ['00-39 RZ01@n-a ACTIVE', '40-79 RZ02@s-a ACTIVE', '80-99 RZ03@n-b ACTIVE'];
const AWAY = [
  '00-44 RZ01@n-a ACTIVE',
  '45-49 RZ02@s-a ACTIVE',
  '50-56 RZ01@n-a ACTIVE',
  '57-79 RZ02@s-a ACTIVE',
  '80-99 RZ03@n-a ACTIVE',
];

const THERE: readonly LossSubject[] = [
  { call: { kind: 'move', shards: '40-44', to: 'RZ01' }, shard: 40, points: PLANNED_POINTS },
  { call: { kind: 'failover', dataCenter: 'n-b' }, shard: 80, points: PLANNED_POINTS },
  {
    call: { kind: 'move', shards: '50-54', to: 'RZ01', emergency: true },
    begins: 'stopped',
    shard: 50,
    points: EMERGENCY_POINTS,
  },
  {
    call: { kind: 'move', shards: '55-56', to: 'RZ01', emergency: true },
    begins: 'last',
    shard: 55,
    points: EMERGENCY_IN_W,
  },
  { call: { kind: 'move', shards: '60', to: 'RZ01' }, shard: 60, points: abortPoints('check') },
  { call: { kind: 'move', shards: '61-62', to: 'RZ01' }, shard: 61, points: abortPoints('drain') },
  { call: { kind: 'move', shards: '63', to: 'RZ01' }, shard: 63, points: abortPoints('catchUp') },
];

const BACK: readonly LossSubject[] = [
  { call: { kind: 'failback', city: 'south' }, shard: 40, points: PLANNED_POINTS },
  { call: { kind: 'failback', dataCenter: 'n-b' }, shard: 80, points: PLANNED_POINTS },
];

const SHIFT: readonly LossSubject[] = [
  {
    call: { kind: 'shift', unit: 'RZ03', weights: { RZ03A: 100, RZ03B: 0 } },
    begins: 'stopped',
    shard: 80,
    points: SHIFT_POINTS,
  },
];

/** A store of its own for a drill. */
export interface DrillStore {
  /** Undefined: embedded in the fleet. */
  readonly url: string | undefined;
  stop(): Promise<void>;
}

/** The claims about lost control leaders, on such a store. */
export function leaderLossDrill(openStore: () => Promise<DrillStore>): void {
  test('the control leader is lost at every step of every kind of operation: another goes on, and the books balance', async (t) => {
    const store = await openStore();
    const { url } = store;
    const start = { rules: PATIENT_DRILL_RULES, controls: ['control-2', 'control-3'] };
    const drill = await DrillFleet.start(url === undefined ? start : { ...start, store: url }).catch(async (error) => {
      await store.stop();
      throw error;
    });
    const books = new LedgerBooks(USERS, () => drill.doors());
    t.after(async () => {
      await books.stop();
      await drill.stop();
      await store.stop();
    });
    books.start(WRITE_PAUSE_MS);
    await thereAndBack(drill, books);
    await books.stop();
    t.diagnostic(`${books.acknowledged} acknowledged, ${books.failed.length} not`);
    await books.balance(drill.fleet.door('s-a'));
    const audit = await drill.operator.verifyAudit();
    assert.ok(audit.whole, audit.problem ?? '');
  });
}

async function thereAndBack(drill: DrillFleet, books: LedgerBooks): Promise<void> {
  const { operator } = drill;
  assert.deepEqual(await operator.owners(), HOME);
  const there = await loseLeaders(drill, THERE);
  assert.deepEqual(outcomes(there), ['done', 'done', 'done', 'done', 'aborted', 'aborted', 'aborted'], words(there));
  assert.deepEqual(await operator.owners(), AWAY);
  await books.progress();
  const back = await loseLeaders(drill, BACK);
  assert.deepEqual(outcomes(back), ['done', 'done'], words(back));
  assert.deepEqual(await operator.owners(), HOME);
  const shift = await loseLeaders(drill, SHIFT);
  assert.deepEqual(outcomes(shift), ['done'], words(shift));
  const { overrides } = await operator.table();
  assert.deepEqual(
    overrides.map(({ unit, weights }) => [unit, weights]),
    [['RZ03', { RZ03A: 100, RZ03B: 0 }]],
  );
  await books.progress();
}

function outcomes(views: readonly OperationView[]): (string | undefined)[] {
  return views.map(({ outcome }) => outcome?.kind);
}

function words(views: readonly OperationView[]): string {
  return views.map(({ id, outcome }) => `${id}: ${outcome?.reason}`).join('\n');
}
