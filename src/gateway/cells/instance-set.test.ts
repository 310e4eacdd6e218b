import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import type { CellId } from '../../core/ids.ts';
import { SILENT_CELL_OBSERVER } from './cell-observer.ts';
import { type CellSettings, DEFAULT_CELL_SETTINGS } from './cell-settings.ts';
import { InstanceSet } from './instance-set.ts';

interface Bench {
  readonly clock: HandClock;
  readonly set: InstanceSet;
  /** What the resolver says next; an error to reject; null: it never answers. */
  readonly names: Map<string, readonly string[] | Error | null>;
  readonly failures: string[];
  keys(): string[];
}

function setUp(t: TestContext, settings: Partial<CellSettings> = {}): Bench {
  const clock = new HandClock();
  const names = new Map<string, readonly string[] | Error | null>();
  const failures: string[] = [];
  const set = new InstanceSet({
    cell: 'RZ01A' as CellId,
    settings: { ...DEFAULT_CELL_SETTINGS, ...settings },
    clock,
    random: { next: () => 0 },
    resolver: {
      resolve: (name) => {
        const answer = names.get(name) ?? null;
        if (answer === null) return new Promise(() => undefined);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    },
    observer: { ...SILENT_CELL_OBSERVER, resolveFailed: (_cell, _name, detail) => failures.push(detail) },
    changed: () => undefined,
  });
  t.after(() => set.close());
  return { clock, set, names, failures, keys: () => set.members.map(({ key }) => key) };
}

test('listed instances are known at once; bad entries are named and the good ones stay', (t) => {
  const { set, keys } = setUp(t);
  set.update(['a:1', 'nonsense', '[fd00::1]:2', 'a:1']);
  assert.deepEqual(keys(), ['a:1', '[fd00::1]:2']);
  assert.equal(set.problems.length, 1);
  assert.match(set.problems[0] ?? '', /"nonsense"/);
  set.update(['b:1']);
  assert.deepEqual(keys(), ['b:1']);
  assert.deepEqual(set.problems, []);
});

test('a registered instance lives as long as its heartbeats come, on our own clock', async (t) => {
  const { clock, set, keys } = setUp(t);
  assert.equal(set.register('one', 'a:1').ok, true);
  assert.equal(set.register('two', 'b:1').ok, true);
  await clock.advance(4_000);
  set.register('one', 'a:1');
  await clock.advance(1_000);
  assert.deepEqual(keys(), ['a:1']);
  await clock.advance(3_999);
  assert.deepEqual(keys(), ['a:1']);
  await clock.advance(1);
  assert.deepEqual(keys(), []);
  assert.equal(clock.timers, 0);
});

test('a registration may move to another address and be taken back', (t) => {
  const { clock, set, keys } = setUp(t);
  set.register('one', 'a:1');
  set.register('one', 'a:2');
  assert.deepEqual(keys(), ['a:2']);
  assert.equal(set.deregister('one'), true);
  assert.equal(set.deregister('one'), false);
  assert.deepEqual(keys(), []);
  assert.equal(clock.timers, 0);
});

test('bad registrations and too many of them are refused with the limit and the setting', (t) => {
  const { set } = setUp(t, { maxInstancesPerCell: 2 });
  set.update(['a:1']);
  assert.equal(set.register('bad id', 'a:2').ok, false);
  assert.equal(set.register('one', 'a').ok, false);
  assert.equal(set.register('one', 'a:2').ok, true);
  const third = set.register('two', 'a:3');
  assert.equal(third.ok, false);
  if (!third.ok) assert.match(third.detail, /cell RZ01A: has 2 instances.*cells\.maxInstancesPerCell/);
  assert.equal(set.register('one', 'a:4').ok, true, 'who is registered may still send heartbeats');
});

test('one address from two origins is one instance', (t) => {
  const { set } = setUp(t);
  set.update(['a:1']);
  set.register('one', 'A:1');
  assert.deepEqual(
    set.members.map(({ origins }) => origins),
    [['list', 'registered:one']],
  );
});

test('a DNS name is resolved again and again', async (t) => {
  const { clock, set, names, keys } = setUp(t);
  names.set('cells.example', ['10.0.0.2', '10.0.0.1']);
  set.update(['dns:cells.example:80']);
  await clock.advance(0);
  assert.deepEqual(keys(), ['10.0.0.1:80', '10.0.0.2:80']);
  names.set('cells.example', ['10.0.0.3', '::1']);
  await clock.advance(5_000);
  assert.deepEqual(keys(), ['10.0.0.3:80', '[::1]:80']);
  set.update([]);
  assert.deepEqual(keys(), []);
  assert.equal(clock.timers, 0);
});

test('a resolver that fails, answers nothing or not at all keeps the last good addresses', async (t) => {
  const { clock, set, names, failures, keys } = setUp(t);
  names.set('cells.example', ['10.0.0.1']);
  set.update(['dns:cells.example:80']);
  await clock.advance(0);
  names.set('cells.example', new Error('SERVFAIL'));
  await clock.advance(5_000);
  names.set('cells.example', []);
  await clock.advance(5_000);
  names.set('cells.example', null);
  await clock.advance(5_000);
  await clock.advance(2_000);
  assert.deepEqual(keys(), ['10.0.0.1:80']);
  assert.deepEqual(failures, [
    'cells.example: SERVFAIL',
    'cells.example: resolved to no address',
    'cells.example: not resolved within 2000 ms (cells.resolveTimeoutMs)',
  ]);
  names.set('cells.example', ['10.0.0.9']);
  await clock.advance(5_000);
  assert.deepEqual(keys(), ['10.0.0.9:80']);
});

test('a new table keeps the addresses of a name that stays', async (t) => {
  const { clock, set, names, keys } = setUp(t);
  names.set('cells.example', ['10.0.0.1']);
  set.update(['dns:cells.example:80']);
  await clock.advance(0);
  names.set('cells.example', null);
  set.update(['dns:cells.example:80', 'a:1']);
  assert.deepEqual(keys(), ['a:1', '10.0.0.1:80']);
});
