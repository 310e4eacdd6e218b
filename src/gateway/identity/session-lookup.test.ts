import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import type { IdentityEvent } from './identity-events.ts';
import { DEFAULT_IDENTITY_SETTINGS } from './identity-settings.ts';
import { SessionLookup } from './session-lookup.ts';

const SETTINGS = DEFAULT_IDENTITY_SETTINGS.session;

/** A store whose answers the test gives by hand; only time is under test here, Redis is in session-source.test.ts. */
function open(settings: Partial<typeof SETTINGS> = {}) {
  const clock = new HandClock();
  const events: IdentityEvent[] = [];
  const asked: { key: string; answer: (value: string | null) => void; fail: (error: Error) => void }[] = [];
  const store = {
    get: (key: string) => new Promise<string | null>((answer, fail) => void asked.push({ key, answer, fail })),
    close: async () => {},
  };
  const count = (event: IdentityEvent) => void events.push(event);
  const lookup = new SessionLookup({ clock, store, settings: { ...SETTINGS, ...settings }, count });
  /** Looks up and lets the store say `value`, or fail. */
  const learn = async (key: string, value: string | null | Error) => {
    const answer = lookup.lookup(key);
    const last = asked.at(-1);
    if (value instanceof Error) last?.fail(value);
    else last?.answer(value);
    return answer;
  };
  return { clock, events, asked, lookup, learn };
}

const isPromise = (answer: unknown) => answer instanceof Promise;
const DOWN = new Error('connection refused');

test('a known session is answered at once for 5 s, a known absence for 1 s', async () => {
  const { clock, asked, lookup, learn } = open();
  assert.deepEqual(await learn('a', '42'), { kind: 'value', value: '42' });
  assert.deepEqual(await learn('b', null), { kind: 'none' });
  await clock.advance(999);
  assert.deepEqual(lookup.lookup('b'), { kind: 'none' });
  await clock.advance(1);
  assert.ok(isPromise(lookup.lookup('b')));
  await clock.advance(3999);
  assert.deepEqual(lookup.lookup('a'), { kind: 'value', value: '42' });
  await clock.advance(1);
  assert.ok(isPromise(lookup.lookup('a')));
  assert.deepEqual(
    asked.map(({ key }) => key),
    ['a', 'b', 'b', 'a'],
  );
});

test('many requests of one session make one look-up', async () => {
  const { asked, lookup, events } = open();
  const answers = Array.from({ length: 100 }, () => lookup.lookup('a'));
  asked[0]?.answer('42');
  for (const answer of await Promise.all(answers)) assert.deepEqual(answer, { kind: 'value', value: '42' });
  assert.equal(asked.length, 1);
  assert.equal(events.filter((event) => event === 'session-joined').length, 99);
});

test('a look-up ends at its limit, and its answer that comes later is not believed', async () => {
  const { clock, asked, lookup } = open();
  const answer = lookup.lookup('a');
  await clock.advance(SETTINGS.lookupMs);
  const said = await answer;
  assert.ok(said.kind === 'unavailable' && /session\.lookupMs/.test(said.detail));
  asked[0]?.answer('42');
  assert.ok(isPromise(lookup.lookup('a')));
  assert.equal(asked.length, 2);
  asked[1]?.answer(null);
  assert.equal(clock.timers, 1);
});

test('while the store fails a known user stays known for 60 s, and is asked for again every second only', async () => {
  const { clock, asked, lookup, learn, events } = open();
  await learn('a', '42');
  await clock.advance(SETTINGS.positiveMs);
  assert.deepEqual(await learn('a', DOWN), { kind: 'value', value: '42' });
  assert.deepEqual(lookup.lookup('a'), { kind: 'value', value: '42' });
  assert.equal(asked.length, 2);
  await clock.advance(SETTINGS.retryMs);
  assert.deepEqual(await learn('a', DOWN), { kind: 'value', value: '42' });
  await clock.advance(SETTINGS.staleMs - SETTINGS.positiveMs - SETTINGS.retryMs);
  const said = await learn('a', DOWN);
  assert.ok(said.kind === 'unavailable' && /connection refused/.test(said.detail));
  assert.equal(asked.length, 4);
  assert.equal(events.filter((event) => event === 'session-stale').length, 2);
});

test('a known absence does not outlive its second when the store fails', async () => {
  const { clock, learn } = open();
  await learn('a', null);
  await clock.advance(SETTINGS.negativeMs);
  assert.equal((await learn('a', DOWN)).kind, 'unavailable');
});

test('a session that ended is not served stale once the store said so', async () => {
  const { clock, learn } = open();
  await learn('a', '42');
  await clock.advance(SETTINGS.positiveMs);
  assert.equal((await learn('a', null)).kind, 'none');
  await clock.advance(SETTINGS.negativeMs);
  assert.equal((await learn('a', DOWN)).kind, 'unavailable');
});

test('no more sessions are looked up at once than allowed; known ones are not hindered', async () => {
  const { asked, lookup, learn } = open({ maxPending: 2 });
  await learn('known', '1');
  const pending = [lookup.lookup('a'), lookup.lookup('b')];
  const third = lookup.lookup('c');
  assert.ok(!(third instanceof Promise) && third.kind === 'unavailable' && /session\.maxPending/.test(third.detail));
  assert.deepEqual(lookup.lookup('known'), { kind: 'value', value: '1' });
  for (const { answer } of asked) answer(null);
  await Promise.all(pending);
  assert.ok(isPromise(lookup.lookup('c')));
});

test('no more sessions are remembered than allowed', async () => {
  const { lookup, learn } = open({ cacheEntries: 2 });
  for (const key of ['a', 'b', 'c']) await learn(key, key);
  assert.ok(isPromise(lookup.lookup('a')));
  assert.ok(!isPromise(lookup.lookup('c')));
});
