import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoreHint, TransactionResult } from '../../src/store/coord-store.ts';
import { Network } from '../world/network.ts';
import { World } from '../world/world.ts';
import { StoreCluster, type StoreTrouble } from './store-cluster.ts';
import { StoreSession } from './store-session.ts';

// The contract suite of src/store runs in real time against the URL of an engine; in here time stands still while a test waits, so what
// the port promises is stated anew.

function scene(trouble: Partial<StoreTrouble> = {}, seed = 3) {
  const world = new World({ seed });
  const network = new Network(world, { cityOf: (name) => name.slice(0, 2) }, 5);
  const members = ['hz-a', 'sh-a', 'sz-a'].map((name, index) => world.addProcess(`store-${index + 1}`, 'store', name));
  const store = new StoreCluster(world, network, members);
  Object.assign(store.trouble, trouble);
  const [left, right] = [
    world.addProcess('left', 'gateway', 'hz-a'),
    world.addProcess('right', 'gateway', 'sh-a'),
  ] as const;
  const sessions = [new StoreSession(world, store, left), new StoreSession(world, store, right)] as const;
  /** What came of a call after so much virtual time: its value, the code of its error, or `open`. */
  const ended = async (call: Promise<unknown>, ms = 20_000): Promise<unknown> => {
    let end: unknown = 'open';
    call.then(
      (value) => {
        end = value;
      },
      (error: { code: string }) => {
        end = error.code;
      },
    );
    await world.runUntil(world.now + ms);
    return end;
  };
  return { world, network, store, members, left, right, sessions, ended };
}

const put = (value: string) => [{ key: 'records/a', value }];

test('each process reads at once what another has just written, and of two that compare one wins', async () => {
  const { sessions, ended } = scene();
  const [one, two] = sessions;
  assert.equal(((await ended(one.transact([], put('1')))) as TransactionResult).kind, 'committed');
  const read = (await ended(two.read(['records/a', 'records/b']))) as Awaited<ReturnType<typeof two.read>>;
  assert.deepEqual(
    read.entries.map(({ key, value }) => [key, value]),
    [['records/a', '1']],
  );
  const conditions = [{ key: 'records/a', version: read.entries[0]?.version ?? '' }];
  const results = (await ended(
    Promise.all([one.transact(conditions, put('2')), two.transact(conditions, put('3'))]),
  )) as TransactionResult[];
  assert.deepEqual(results.map(({ kind }) => kind).sort(), ['committed', 'conflict']);
});

test('without a majority nobody is answered; a lost leader has a successor a while later', async () => {
  const { world, store, members, sessions, ended } = scene();
  await ended(sessions[0].transact([], put('1')));
  const [first, second] = members;
  first?.kill();
  assert.equal(await ended(sessions[0].read(['records/a']), 900), 'STORE_UNAVAILABLE');
  await world.runUntil(world.now + 2_000);
  assert.equal(store.leader?.id, 'store-2');
  assert.equal(((await ended(sessions[0].read(['records/a']))) as { entries: unknown[] }).entries.length, 1);
  second?.kill();
  assert.equal(await ended(sessions[1].read(['records/a'])), 'STORE_UNAVAILABLE');
  assert.equal(store.leader, null);
});

test('an ambiguous answer is one: some of these transactions took effect, some did not, and some only after the answer', async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 40; seed += 1) {
    const { store, sessions, ended } = scene({ ambiguous: 1, late: 0.5 }, seed);
    let committedLater = false;
    let isTold = false;
    store.onCommit(() => {
      committedLater = isTold;
    });
    const call = sessions[0].transact([], put('1'));
    call.catch(() => {
      isTold = true;
    });
    assert.equal(await ended(call), 'STORE_AMBIGUOUS');
    outcomes.add(store.truth.get('records/a') === null ? 'never' : committedLater ? 'late' : 'done');
  }
  assert.deepEqual([...outcomes].sort(), ['done', 'late', 'never']);
});

test('a cut between the question and its answer leaves reads without one, and writes unknown', async () => {
  const { network, members, left, sessions, ended } = scene();
  network.cut(members, [left]);
  assert.equal(await ended(sessions[0].read(['records/a'])), 'STORE_UNAVAILABLE');
  const second = scene();
  const call = second.sessions[0].transact([], put('1'));
  second.network.cut(second.members, [second.left]);
  assert.equal(await second.ended(call), 'STORE_AMBIGUOUS');
});

test('hints are lost, late, doubled and compacted away, each by its own trouble', async () => {
  const hintsWith = async (trouble: Partial<StoreTrouble>): Promise<(StoreHint & { readonly after: number })[]> => {
    const { world, sessions, ended } = scene(trouble);
    const hints: (StoreHint & { readonly after: number })[] = [];
    sessions[1].watch('records/', (hint) => hints.push({ ...hint, after: world.now - 1_000 }));
    await world.runUntil(1_000);
    hints.length = 0;
    await ended(sessions[0].transact([], put('1')));
    return hints.filter((hint) => hint.kind === 'changed' || /compacted/.test(hint.reason));
  };
  const usual = await hintsWith({});
  assert.deepEqual(
    usual.map(({ kind, after }) => [kind, after < 500]),
    [['changed', true]],
  );
  assert.deepEqual(await hintsWith({ hintsLost: 1 }), []);
  assert.equal((await hintsWith({ hintsTwice: 1 })).length, 2);
  assert.ok(((await hintsWith({ hintsLate: 1 }))[0]?.after ?? 0) > 100);
  assert.deepEqual(
    (await hintsWith({ hintsCompacted: 1 })).map(({ kind }) => kind),
    ['lagged'],
  );
});

test('a process that died hears nothing of what it asked and watched', async () => {
  const { world, left, sessions, ended } = scene();
  let hints = 0;
  sessions[0].watch('records/', () => {
    hints += 1;
  });
  const call = sessions[0].read(['records/a']);
  left.kill();
  left.revive();
  assert.equal(await ended(call), 'open');
  await ended(sessions[1].transact([], put('1')));
  assert.equal(hints, 0);
  assert.ok(world.now > 0);
});
