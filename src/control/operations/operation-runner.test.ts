import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { HandClock } from '../../../test/support/hand-clock.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import type { Epoch, MonotonicMs } from '../../core/ids.ts';
import type { Operation } from '../../core/operation/operation.ts';
import { DEFAULT_DEADLINES } from '../../core/operation/operation-deadlines.ts';
import { firstWorld } from '../../core/operation/operation-model.fixture.ts';
import { OperationRunner, type OperationRunnerParts } from './operation-runner.ts';

/** As real ones are: a timer fires a fraction of a millisecond early, and time goes on between two looks at the clock. */
class HastyClock implements Clock {
  readonly hand = new HandClock();
  readonly #stepMs: number;
  #looks = 0;

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  monotonicMs(): MonotonicMs {
    this.#looks += 1;
    return (this.hand.monotonicMs() + this.#looks * this.#stepMs) as MonotonicMs;
  }

  wallMs(): number {
    return this.hand.wallMs();
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    return this.hand.setTimer(Math.floor(delayMs), fire);
  }
}

const NEVER = new Promise<never>(() => undefined);

/** An emergency in its window, in the hands of a runner whose store and gates never answer. */
function runnerOn(clock: Clock, written: string[]): OperationRunner {
  const scenario = { name: '', isSynchronous: false, faults: 0, writes: 0, canAbort: false } as const;
  const { record } = firstWorld({ ...scenario, kind: 'emergency', options: {} });
  const operation: Operation = { ...record, step: 'drain', freezeEpoch: 2 as Epoch, deadlines: DEFAULT_DEADLINES };
  const writer = {
    write: (effect: { readonly type: string }) => {
      written.push(effect.type);
      return NEVER;
    },
  };
  const parts = { clock, writer, readTable: () => NEVER, backOffMs: 1_000, onChange: () => {}, onStop: () => {} };
  return new OperationRunner(operation, parts as unknown as OperationRunnerParts);
}

// Found by the failover benchmark: an emergency's W of 3.3 s took 31 s, and a planned move waited for nothing until its cap. The timer
// fired a fraction of a millisecond early, nothing was due yet; then the instant passed before the next timer was worked out, and
// none was set.
test('a timer that fires early is set again, also when its instant passes while the next one is worked out', async () => {
  for (let tenths = 1; tenths <= 20; tenths += 1) {
    const clock = new HastyClock(tenths / 10);
    const written: string[] = [];
    const runner = runnerOn(clock, written);
    await eventually('it waits', () => clock.hand.timers > 0);
    await clock.hand.advance(DEFAULT_DEADLINES.windowMs + 100);
    assert.deepEqual(written, ['WriteStep'], `${tenths / 10} ms between two looks`);
    runner.close();
  }
});

// Found by reading: a store that was turned back answers reads, and refuses each change of the table at once.
test('a store that refuses every transaction is asked again with pauses, and the operation goes on when it takes one', async () => {
  const clock = new HandClock();
  const scenario = { name: '', isSynchronous: false, faults: 0, writes: 0, canAbort: false } as const;
  const { record } = firstWorld({ ...scenario, kind: 'emergency', options: {} });
  const operation: Operation = { ...record, step: 'drain', freezeEpoch: 2 as Epoch, deadlines: DEFAULT_DEADLINES };
  let writes = 0;
  let isBroken = true;
  const writer = {
    write: async ({ next }: { readonly next: Operation }) => {
      writes += 1;
      return isBroken ? { type: 'WriteUnknown' } : { type: 'StepWritten', operation: next };
    },
  };
  const entries = [{ key: `operations/${operation.id}`, value: JSON.stringify(operation), version: '1' }];
  const store = { read: async () => ({ entries }) };
  const own = { clock, writer, store, readTable: () => NEVER, readHorizonMs: async () => 3_000, backOffMs: 1_000 };
  const parts = { ...own, onChange: () => {}, onStop: () => {} } as unknown as OperationRunnerParts;
  const runner = new OperationRunner(operation, parts);
  await eventually('it waits', () => clock.timers > 0);
  for (let times = 0; times < 200; times += 1) await clock.advance(100);
  assert.ok(writes > 10 && writes < 200, `${writes} writes in 20 s`);
  isBroken = false;
  for (let times = 0; times < 5; times += 1) await clock.advance(100);
  assert.equal(runner.running.operation.step, 'choose');
  runner.close();
});
