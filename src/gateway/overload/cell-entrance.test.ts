import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { upstreamRequest } from '../../../test/support/upstream-recorder.ts';
import type { CellId } from '../../core/ids.ts';
import type { UpstreamFailure, UpstreamRequest } from '../upstream.ts';
import { NOWHERE } from '../wire/placed-list.ts';
import { CellEntrance, type Entrant } from './cell-entrance.ts';
import type { ClientTurn } from './slow-clients.ts';
import type { LinePlace } from './waiting-line.ts';

const SETTINGS = {
  queueMaxRequests: 4,
  queueMs: 100,
  queueBusyMs: 20,
  slowSenderMs: 80,
  slowTakerMs: 160,
  slowBytes: 8,
};
const BODY_MS = 400;

/** A request as the entrance sees it; checks that whatever happens to it happens once. */
class Visitor implements Entrant {
  listedAt = NOWHERE;
  readonly request: UpstreamRequest;
  readonly #entrance: CellEntrance;
  #place: LinePlace | null = null;
  #hasPlace = false;
  #isReceiving = false;
  bytes = 0;
  isBodyHere: boolean;
  fate: string | null = null;

  constructor(entrance: CellEntrance, priority: number, hasBody: boolean) {
    this.#entrance = entrance;
    const limits = { connectMs: 1_000, responseHeadMs: 1_000, bodyIdleMs: BODY_MS };
    this.request = upstreamRequest({ target: `/${priority}`, limits });
    this.isBodyHere = !hasBody;
  }

  get isInside(): boolean {
    return this.#hasPlace;
  }

  get isReceiving(): boolean {
    return this.#isReceiving;
  }

  get turn(): ClientTurn | null {
    return this.#hasPlace && !this.isBodyHere ? { kind: 'sends', bytes: this.bytes } : null;
  }

  wait(place: LinePlace): void {
    this.#place = place;
  }

  proceed(): void {
    assert.deepEqual([this.#hasPlace, this.fate], [false, null]);
    this.#place = null;
    this.#hasPlace = true;
    this.#isReceiving = !this.isBodyHere;
    if (!this.#isReceiving) return;
    this.#entrance.bodyBegins();
    this.#entrance.watchPace(this);
  }

  fail({ code, executed }: UpstreamFailure): void {
    assert.equal(this.fate, null);
    assert.equal(executed, this.#hasPlace ? 'unknown' : 'no');
    this.#end(code);
  }

  cut(_turn: ClientTurn, waitedMs: number): void {
    assert.ok(waitedMs >= SETTINGS.slowSenderMs);
    this.fail({ code: 'BODY_TIMEOUT', executed: 'unknown', detail: '' });
  }

  bodyCame(): void {
    if (this.isBodyHere || this.fate !== null) return;
    this.isBodyHere = true;
    this.#received();
    if (!this.#hasPlace) this.#entrance.bodyCame(this);
  }

  answered(): void {
    if (this.#hasPlace && this.isBodyHere) this.#end('answered');
  }

  left(): void {
    if (this.fate !== null) return;
    this.#place?.leave();
    this.#end('left');
  }

  #received(): void {
    if (this.#isReceiving) this.#entrance.bodyEnds();
    this.#isReceiving = false;
  }

  #end(fate: string): void {
    this.fate = fate;
    if (!this.#hasPlace) return;
    this.#hasPlace = false;
    this.#received();
    this.#entrance.leave(this);
  }
}

class Scene {
  readonly clock = new HandClock();
  readonly visitors: Visitor[] = [];
  readonly counts = { queued: 0, shed: 0 };
  readonly entrance: CellEntrance;
  readonly maxConcurrent: number;
  free = true;

  constructor(maxConcurrent: number) {
    this.maxConcurrent = maxConcurrent;
    this.entrance = new CellEntrance({
      cell: 'RZ01A' as CellId,
      settings: SETTINGS,
      clock: this.clock,
      maxConcurrent: () => maxConcurrent,
      reachable: () => 1_000,
      hasFreeInstance: () => this.free,
      priorityOf: ({ target }) => Number(target.slice(1)),
      queued: () => void this.counts.queued++,
      shed: () => void this.counts.shed++,
    });
  }

  open(priority: number, hasBody: boolean): Visitor {
    const visitor = new Visitor(this.entrance, priority, hasBody);
    this.visitors.push(visitor);
    this.entrance.enter(visitor);
    return visitor;
  }

  check(): void {
    const inside = this.visitors.filter(({ isInside }) => isInside);
    assert.equal(this.entrance.inFlight, inside.length);
    assert.ok(inside.length <= this.maxConcurrent);
    const receiving = inside.filter(({ isReceiving }) => isReceiving).length;
    assert.ok(receiving <= Math.max(1, this.maxConcurrent >> 1), `${receiving} wait for bodies`);
    const waiting = this.visitors.filter(({ isInside, fate }) => !isInside && fate === null);
    assert.equal(this.entrance.waiting, waiting.length, 'whoever has no fate has a place or waits');
    assert.ok(waiting.length <= 2 * SETTINGS.queueMaxRequests);
    // Nobody whose body is here waits beside a free place.
    const canGo = waiting.some(({ isBodyHere }) => isBodyHere) && this.free;
    assert.ok(!canGo || inside.length === this.maxConcurrent, 'a place is free');
  }
}

type Step = (scene: Scene) => void | Promise<void>;
const pick = (scene: Scene, n: number): Visitor | undefined => scene.visitors[n % Math.max(1, scene.visitors.length)];
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(9), fc.boolean()).map(
      ([priority, hasBody]) =>
        (scene: Scene) =>
          void scene.open(priority, hasBody),
    ),
  },
  { weight: 3, arbitrary: fc.nat(99).map((n) => (scene: Scene) => pick(scene, n)?.answered()) },
  { weight: 3, arbitrary: fc.nat(99).map((n) => (scene: Scene) => pick(scene, n)?.bodyCame()) },
  { weight: 1, arbitrary: fc.nat(99).map((n) => (scene: Scene) => pick(scene, n)?.left()) },
  { weight: 3, arbitrary: fc.nat(60).map((ms) => (scene: Scene) => scene.clock.advance(ms)) },
  {
    weight: 1,
    arbitrary: fc.boolean().map((free) => (scene: Scene) => {
      scene.free = free;
      scene.entrance.admitWaiting();
    }),
  },
);

test('whatever happens: never more in a cell than it takes, bounded who wait, and one fate for each', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(STEP, { maxLength: 120 }),
      async (maxConcurrent, steps) => {
        const scene = new Scene(maxConcurrent);
        for (const step of steps) {
          await step(scene);
          scene.check();
        }
        scene.entrance.close();
        for (const visitor of scene.visitors) {
          visitor.bodyCame();
          visitor.answered();
        }
        assert.deepEqual([scene.entrance.inFlight, scene.entrance.waiting], [0, 0]);
        for (const { fate } of scene.visitors) assert.notEqual(fate, null);
        await scene.clock.advance(1_000);
        assert.equal(scene.clock.timers, 0);
      },
    ),
    { numRuns: 300 },
  );
});

test('clients that send no body hold half of the places at most; all others find the rest', async () => {
  const scene = new Scene(4);
  const slow = Array.from({ length: 6 }, () => scene.open(5, true));
  assert.deepEqual(
    slow.map(({ isInside }) => isInside),
    [true, true, false, false, false, false],
  );
  const [get, post] = [scene.open(5, false), scene.open(5, true)];
  post.bodyCame();
  assert.deepEqual([get.isInside, post.isInside], [true, true]);
  const late = [scene.open(5, true), scene.open(5, true)];
  assert.deepEqual(
    [...slow, ...late].map(({ fate }) => fate),
    [null, null, 'OVERLOADED', 'OVERLOADED', null, null, null, null],
    'who has been outside for longest gives way: outside are no more than may wait in the line',
  );
  // Nobody else waits for a place, so who has one may be as slow as its route allows.
  await scene.clock.advance(BODY_MS);
  assert.deepEqual(
    [...slow.slice(4), ...late].map(({ fate }) => fate),
    Array(4).fill('BODY_TIMEOUT'),
  );
  assert.deepEqual([slow[0]?.fate, slow[1]?.fate], [null, null]);
});

test('one whose body comes, or ends, makes room for the next that waits outside', () => {
  const scene = new Scene(4);
  const slow = Array.from({ length: 4 }, () => scene.open(5, true));
  slow[0]?.bodyCame();
  assert.equal(slow[2]?.isInside, true);
  slow[1]?.left();
  assert.equal(slow[3]?.isInside, true);
});

test('a cell without instances keeps nobody waiting', () => {
  const scene = new Scene(1);
  scene.open(5, false);
  const second = scene.open(5, false);
  scene.free = false;
  scene.visitors[0]?.answered();
  assert.equal(second.isInside, false);
  scene.free = true;
  scene.entrance.admitWaiting();
  assert.equal(second.isInside, true);
});
