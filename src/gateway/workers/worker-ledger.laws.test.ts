import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Epoch, Incarnation } from '../../core/ids.ts';
import { type GuardWord, WorkerLedger } from './worker-ledger.ts';

const INCARNATION = '00000000-0000-4000-8000-000000000001' as Incarnation;
const OPERATION = 'op-1';
const versionOf = (epoch: number) => ({ incarnation: INCARNATION, epoch: epoch as Epoch });
const drainedAt = (epoch: number) => ({ operation: OPERATION, epoch: epoch as Epoch });

/** One worker as it is in truth: what the parent knows of it lags behind by the words that are on their way. */
interface Worker {
  readonly id: number;
  /** Tables that were sent and not applied yet. */
  readonly sent: number[];
  /** Words that were said and not heard yet. */
  readonly words: GuardWord[];
  epoch: number;
  /** Frozen shards' writes that it admitted before the freeze and that are not over. */
  inFlight: number;
  isDead: boolean;
  isCounted: boolean;
}

/** A parent with its workers. Odd epochs are ACTIVE, even ones freeze; a freeze is drained when nothing is in flight. */
class Model {
  readonly ledger = new WorkerLedger();
  readonly workers: Worker[] = [];
  epoch = 1;

  step(kind: number, pick: number): void {
    const living = this.workers.filter(({ isDead }) => !isDead);
    const worker = living[pick % Math.max(1, living.length)];
    if (kind === 0) this.#join();
    else if (kind === 1) this.#publish();
    else if (worker === undefined) return;
    else if (kind === 2) this.#apply(worker);
    else if (kind === 3 && worker.epoch % 2 === 1) worker.inFlight += 1;
    else if (kind === 4 && worker.inFlight > 0) this.#end(worker);
    else if (kind === 5) this.#hear(worker);
    else if (kind === 6) this.#die(worker);
  }

  /** Whether some process could still acknowledge a write of the shards that the table of `epoch` froze. */
  mayAcknowledge(epoch: number): boolean {
    const isBusy = ({ isDead, epoch: own, inFlight, sent }: Worker): boolean =>
      !isDead && (own === epoch ? inFlight > 0 : own < epoch && (own > 0 || sent.some((one) => one < epoch)));
    return this.workers.some(isBusy);
  }

  #join(): void {
    const id = this.workers.length + 1;
    this.workers.push({ id, sent: [this.epoch], words: [], epoch: 0, inFlight: 0, isDead: false, isCounted: true });
    this.ledger.joined(id);
  }

  #publish(): void {
    this.epoch += 1;
    for (const { isDead, sent } of this.workers) if (!isDead) sent.push(this.epoch);
  }

  #apply(worker: Worker): void {
    const epoch = worker.sent.shift();
    if (epoch === undefined) return;
    worker.epoch = epoch;
    this.#say(worker);
  }

  #end(worker: Worker): void {
    worker.inFlight -= 1;
    this.#say(worker);
  }

  #say(worker: Worker): void {
    const isDrained = worker.epoch % 2 === 0 && worker.inFlight === 0;
    worker.words.push({ applied: versionOf(worker.epoch), drained: isDrained ? [drainedAt(worker.epoch)] : [] });
  }

  #hear(worker: Worker): void {
    const word = worker.words.shift();
    if (word !== undefined) this.ledger.said(worker.id, word);
  }

  #die(worker: Worker): void {
    worker.isDead = true;
    this.ledger.died(worker.id);
    // Words of the dead may be heard after.
    for (const word of worker.words) this.ledger.said(worker.id, word);
  }
}

/** What happens often, in proportion: tables and words arrive more often than workers come and go. */
const kinds = fc.constantFrom(0, 1, 2, 2, 2, 3, 4, 4, 5, 5, 5, 5, 6);
const steps = fc.array(fc.tuple(kinds, fc.nat(9)), { minLength: 20, maxLength: 80 });

test('a freeze is never on record as drained while a living worker may acknowledge a write of it, in any order of events', () => {
  let acknowledged = 0;
  fc.assert(
    fc.property(steps, (run) => {
      const model = new Model();
      for (const [kind, pick] of run) {
        model.step(kind, pick);
        const { epoch } = model;
        if (epoch % 2 === 1) continue;
        const drained = model.ledger.drained([drainedAt(epoch)]);
        if (drained.length === 0) continue;
        acknowledged += model.workers.length > 0 ? 1 : 0;
        assert.ok(!model.mayAcknowledge(epoch), `epoch ${epoch}: ${JSON.stringify(model.workers)}`);
      }
    }),
    { numRuns: 3_000 },
  );
  assert.ok(acknowledged > 1_000, `the law was put to the test ${acknowledged} times`);
});

test('the applied version is never above that of a living worker', () => {
  fc.assert(
    fc.property(steps, (run) => {
      const model = new Model();
      for (const [kind, pick] of run) {
        model.step(kind, pick);
        const applied = model.ledger.applied(versionOf(model.epoch));
        const living = model.workers.filter(({ isDead }) => !isDead).map(({ epoch }) => epoch);
        assert.ok((applied?.epoch ?? 0) <= Math.min(model.epoch, ...living));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('what was acknowledged at one epoch or for one operation counts for no other', () => {
  const ledger = new WorkerLedger();
  ledger.joined(1);
  ledger.said(1, { applied: versionOf(2), drained: [drainedAt(2)] });
  assert.deepEqual(ledger.drained([drainedAt(2)]), [drainedAt(2)]);
  assert.deepEqual(ledger.drained([drainedAt(4)]), []);
  assert.deepEqual(ledger.drained([{ operation: 'op-2', epoch: 2 as Epoch }]), []);
});

test('a worker of an incarnation that was left behind holds the applied version back', () => {
  const ledger = new WorkerLedger();
  ledger.joined(1);
  const old = { incarnation: '00000000-0000-4000-8000-000000000000' as Incarnation, epoch: 90 as Epoch };
  ledger.said(1, { applied: old, drained: [] });
  assert.deepEqual(ledger.applied(versionOf(9)), old);
});
