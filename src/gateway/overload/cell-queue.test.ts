import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MonotonicMs } from '../../core/ids.ts';
import { CellQueue, LOWEST_PRIORITY, type QueueLimits, type QueuePlace } from './cell-queue.ts';

type Step =
  | { readonly do: 'join'; readonly priority: number }
  | { readonly do: 'take' | 'late' }
  | { readonly do: 'leave'; readonly who: number }
  | { readonly do: 'wait'; readonly ms: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('join' as const), priority: fc.nat(LOWEST_PRIORITY) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('take' as const, 'late' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who: fc.nat(200) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(40) }) },
);
const LIMITS: fc.Arbitrary<QueueLimits> = fc
  .record({ maxRequests: fc.integer({ min: 1, max: 6 }), waitMs: fc.integer({ min: 1, max: 100 }) })
  .chain((limits) => fc.integer({ min: 1, max: limits.waitMs }).map((busyWaitMs) => ({ ...limits, busyWaitMs })));

interface Waiting {
  readonly id: number;
  readonly priority: number;
  readonly joinedAt: number;
}

/** The same queue in the plainest words: a list that is looked through from one end to the other. */
class PlainQueue {
  waiting: Waiting[] = [];
  readonly #limits: QueueLimits;
  #filledAt = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  join(one: Waiting): number | 'full' | null {
    const isFull = this.waiting.length >= this.#limits.maxRequests;
    const worst = this.waiting.toSorted((a, b) => b.priority - a.priority || b.id - a.id)[0];
    if (isFull && (worst === undefined || worst.priority <= one.priority)) return 'full';
    if (this.waiting.length === 0) this.#filledAt = one.joinedAt;
    this.waiting.push(one);
    if (!isFull) return null;
    this.leave(worst?.id ?? -1);
    return worst?.id ?? null;
  }

  get next(): Waiting | undefined {
    return this.waiting.toSorted((a, b) => a.priority - b.priority || a.id - b.id)[0];
  }

  overdue(now: number): Waiting | undefined {
    const { waitMs, busyWaitMs } = this.#limits;
    const patience = now - this.#filledAt >= waitMs ? busyWaitMs : waitMs;
    const late = this.waiting.filter(({ joinedAt }) => now - joinedAt >= patience);
    return late.toSorted((a, b) => a.priority - b.priority || a.id - b.id)[0];
  }

  leave(id: number): void {
    this.waiting = this.waiting.filter((one) => one.id !== id);
  }
}

/** Runs the steps on both and compares every answer. */
class Comparison {
  readonly queue: CellQueue<number>;
  readonly plain: PlainQueue;
  readonly places: QueuePlace<number>[] = [];
  readonly fates = new Map<number, string>();
  readonly #limits: QueueLimits;
  now = 0 as MonotonicMs;
  #joined = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
    this.queue = new CellQueue(limits);
    this.plain = new PlainQueue(limits);
  }

  run(step: Step): void {
    if (step.do === 'wait') this.now = (this.now + step.ms) as MonotonicMs;
    else if (step.do === 'join') this.#join(step.priority);
    else if (step.do === 'leave') this.#leave(step.who);
    else this.#out(step.do);
    assert.equal(this.queue.size, this.plain.waiting.length);
    assert.ok(this.queue.size <= this.#limits.maxRequests);
  }

  /** What becomes of one is said once. */
  fate(id: number, how: string): void {
    assert.equal(this.fates.has(id), false, `${id}: ${this.fates.get(id)}, then ${how}`);
    this.fates.set(id, how);
    this.plain.leave(id);
  }

  #join(priority: number): void {
    const id = this.#joined++;
    const expected = this.plain.join({ id, priority, joinedAt: this.now });
    const joined = this.queue.join(id, priority, this.now);
    if (joined.kind === 'full') this.fates.set(id, 'full');
    else this.places.push(joined.place);
    assert.equal(joined.kind === 'full' ? 'full' : (joined.outranked?.item ?? null), expected);
    if (typeof expected === 'number') this.fate(expected, 'outranked');
  }

  #leave(who: number): void {
    const place = this.places[who];
    if (place === undefined) return;
    const wasWaiting = !this.fates.has(place.item);
    assert.equal(this.queue.leave(place), wasWaiting);
    assert.equal(this.queue.leave(place), false);
    if (wasWaiting) this.fate(place.item, 'left');
  }

  #out(how: 'take' | 'late'): void {
    const expected = how === 'take' ? this.plain.next : this.plain.overdue(this.now);
    const nextLateAt = this.queue.nextLateAt(this.now);
    const place = how === 'take' ? this.queue.take() : this.queue.late(this.now);
    assert.equal(place?.item, expected?.id);
    if (how === 'late' && place !== null) assert.ok((nextLateAt ?? Number.NaN) <= this.now, 'announced in time');
    if (place !== null) this.fate(place.item, how);
  }
}

test('it does what the plainest list would do, and everybody who waits meets one fate', () => {
  fc.assert(
    fc.property(LIMITS, fc.array(STEP, { maxLength: 200 }), (limits, steps) => {
      const both = new Comparison(limits);
      for (const step of steps) both.run(step);
      for (let place = both.queue.take(); place !== null; place = both.queue.take()) both.fate(place.item, 'take');
      assert.equal(both.queue.size, 0);
      for (const { item } of both.places) assert.ok(both.fates.has(item), `${item} was forgotten`);
    }),
    { numRuns: 500 },
  );
});

/** A cell with `places`, each taken for `serviceMs`; arrivals at fixed instants. Returns what became of each. */
function serve(
  limits: QueueLimits,
  places: number,
  serviceMs: number,
  arrivals: readonly [at: number, priority: number][],
) {
  const queue = new CellQueue<number>(limits);
  const fates = new Map<number, { readonly how: 'served' | 'shed'; readonly waitedMs: number }>();
  const ends: number[] = [];
  const shed = (place: QueuePlace<number>, now: number): void =>
    void fates.set(place.item, { how: 'shed', waitedMs: now - place.joinedAt });
  let most = 0;
  const last = (arrivals.at(-1)?.[0] ?? 0) + limits.waitMs + serviceMs * (limits.maxRequests + 1);
  for (let now = 0 as MonotonicMs, at = 0; now <= last; now = (now + 1) as MonotonicMs) {
    while (ends.length > 0 && (ends[0] ?? 0) <= now) ends.shift();
    for (let late = queue.late(now); late !== null; late = queue.late(now)) shed(late, now);
    for (; (arrivals[at]?.[0] ?? last + 1) <= now; at += 1) {
      const joined = queue.join(at, arrivals[at]?.[1] ?? 0, now);
      if (joined.kind === 'full') fates.set(at, { how: 'shed', waitedMs: 0 });
      else if (joined.outranked !== null) shed(joined.outranked, now);
    }
    while (ends.length < places) {
      const next = queue.take();
      if (next === null) break;
      fates.set(next.item, { how: 'served', waitedMs: now - next.joinedAt });
      ends.push(now + serviceMs);
    }
    most = Math.max(most, ends.length);
  }
  return { fates, most };
}

const evenly = (count: number, everyMs: number, priorityOf: (n: number) => number): [number, number][] =>
  Array.from({ length: count }, (_, n) => [Math.floor(n * everyMs), priorityOf(n)]);

test('at three times what a cell can do the important are all served, and the wait of those served stays short', () => {
  // 10 places of 10 ms: 1 request a millisecond; 3 come, a fifth of them important, a fifth of them unimportant.
  const limits = { maxRequests: 256, waitMs: 1_000, busyWaitMs: 100 };
  const arrivals = evenly(15_000, 1 / 3, (n) => [0, 5, 5, 5, 9][n % 5] ?? 5);
  const { fates, most } = serve(limits, 10, 10, arrivals);
  assert.equal(fates.size, arrivals.length);
  assert.ok(most <= 10);
  const of = (priority: number) => arrivals.flatMap(([, p], n) => (p === priority ? [fates.get(n)] : []));
  const share = (priority: number): number =>
    of(priority).filter((fate) => fate?.how === 'served').length / of(priority).length;
  assert.equal(share(0), 1);
  assert.ok(share(5) > 0.2 && share(5) < 0.3, `of normal ones ${share(5)}`);
  assert.ok(share(9) < 0.05, `of unimportant ones ${share(9)}`);
  for (const fate of of(0)) assert.ok((fate?.waitedMs ?? 99) <= 10, 'an important one waits for the next place');
  const standing = arrivals.flatMap(([at], n) => (at > 1_100 ? [fates.get(n)] : []));
  for (const fate of standing) assert.ok((fate?.waitedMs ?? 999) <= 100);
});

test('a burst that a cell can work off within the wait loses nobody', () => {
  const limits = { maxRequests: 256, waitMs: 1_000, busyWaitMs: 10 };
  const { fates } = serve(
    limits,
    10,
    30,
    evenly(256, 0, () => 5),
  );
  assert.deepEqual(new Set([...fates.values()].map(({ how }) => how)), new Set(['served']));
});

test('among equals nobody is passed over: who is served came before everybody who came later and is served later', () => {
  const limits = { maxRequests: 8, waitMs: 50, busyWaitMs: 20 };
  const { fates } = serve(
    limits,
    2,
    7,
    evenly(2_000, 1, () => 5),
  );
  const starts = [...fates].flatMap(([n, { how, waitedMs }]) => (how === 'served' ? [[n, n + waitedMs] as const] : []));
  starts.sort(([a], [b]) => a - b);
  for (const [index, [, at]] of starts.entries()) assert.ok(at >= (starts[index - 1]?.[1] ?? 0));
});
