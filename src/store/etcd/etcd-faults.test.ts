import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EtcdServer } from '../../../test/support/etcd-server.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { TcpRelay } from '../../../test/support/tcp-relay.ts';
import type { CoordStore, StoreSnapshot } from '../coord-store.ts';
import { realmPrefix } from '../open-store.ts';
import { codeOf, HintLog, StoreBench } from '../store-bench.fixture.ts';
import type { StoreEvent } from '../store-event.ts';
import { EtcdConnection } from './etcd-connection.ts';
import { EtcdRequest } from './etcd-request.ts';
import { readSnapshot } from './etcd-snapshot.ts';

/** One etcd whose link each test cuts and stalls; every test has a realm of its own. */
let server: EtcdServer;

before(async () => {
  server = await EtcdServer.start();
});

after(() => server?.stop());

const write = async (store: CoordStore, key: string, value = ''): Promise<void> => {
  assert.equal((await store.transact([], [{ key, value }])).kind, 'committed');
};

/** The watch was established after the last event of the kind. */
function standsAfter(b: StoreBench, kind: StoreEvent['kind']): boolean {
  const kinds = b.events.map((event) => event.kind);
  return kinds.includes(kind) && kinds.lastIndexOf('watch-established') > kinds.lastIndexOf(kind);
}

/** Compacts everything up to now, as etcd's auto-compaction would. */
async function compact(): Promise<void> {
  const connection = new EtcdConnection(server.endpoint, {});
  const signal = AbortSignal.timeout(20_000);
  const answer = await connection.unary(
    { service: 'KV', method: 'range', request: { key: Buffer.from('x') } },
    undefined,
    signal,
  );
  const revision = (answer as { header: { revision: string } }).header.revision;
  await connection.unary(
    { service: 'KV', method: 'compact' as 'range', request: { revision, physical: true } },
    undefined,
    signal,
  );
  connection.close();
}

/** A bench whose stores reach etcd through a relay, and a store that goes around it. */
async function relayed(
  settings = {},
): Promise<{ b: StoreBench; relay: TcpRelay; direct: CoordStore } & AsyncDisposable> {
  const relay = await TcpRelay.start(server.ports.client);
  const b = new StoreBench(`etcd://${relay.endpoint}`, { settings });
  const direct = b.open({ url: `etcd://${server.endpoint}`, settings: {} });
  return {
    b,
    relay,
    direct,
    async [Symbol.asyncDispose]() {
      await b[Symbol.asyncDispose]();
      await relay.stop();
    },
  };
}

test('two disconnects in a row, the second before the backlog arrives, lose nothing', async () => {
  await using link = await relayed();
  const log = new HintLog();
  link.b.open().watch('', log.onHint);
  await eventually('the watch stands', () => log.lagged === 1);
  await write(link.direct, 'first');
  await eventually('the first change', () => log.keys.has('first'));

  link.relay.cut();
  for (let index = 0; index < 20; index += 1) await write(link.direct, `backlog/${index}`);
  // The watch may connect, and even send its request, but no answer comes back: then the link breaks again.
  link.relay.mend();
  link.relay.mode = 'drop-answers';
  const broken = link.b.events.length;
  await eventually('it connects', () => link.relay.connections > 0);
  link.relay.cut();
  await write(link.direct, 'between');
  await eventually('it noticed', () => link.b.events.length > broken);
  link.relay.mend();
  const expected = ['between', ...Array.from({ length: 20 }, (_, index) => `backlog/${index}`)];
  await eventually('the backlog', () => expected.every((key) => log.keys.has(key)));
});

test('a compaction under a disconnected watch: lagged, and every later change', async () => {
  await using link = await relayed();
  const log = new HintLog();
  link.b.open().watch('', log.onHint);
  await eventually('the watch stands', () => log.lagged === 1);
  await write(link.direct, 'first');
  await eventually('the first change', () => log.keys.has('first'));

  link.relay.cut();
  for (let index = 0; index < 5; index += 1) await write(link.direct, 'compacted', String(index));
  await compact();
  link.relay.mend();
  await eventually('it says why', () =>
    link.b.events.some((event) => event.kind === 'watch-lagged' && /compacted/.test(event.detail)),
  );
  // What is written from here on is hinted by name; what was before is behind the `lagged` of the new beginning.
  await eventually('it stands again', () => standsAfter(link.b, 'watch-lagged'));
  assert.ok(log.lagged >= 2);
  await write(link.direct, 'after');
  await eventually('the change after it', () => log.keys.has('after'));
});

test('a stalled link: calls end within their limits, the watch is left and stands again, nothing is missed', async () => {
  await using link = await relayed({ readMs: 400, transactMs: 400, snapshotMs: 400, attemptMs: 150, watchdogMs: 600 });
  const store = link.b.open();
  const log = new HintLog();
  store.watch('', log.onHint);
  await eventually('the watch stands', () => log.lagged === 1);
  await write(store, 'k');

  link.relay.mode = 'stall';
  const codes = await Promise.all([codeOf(store.read(['k'])), codeOf(store.snapshot(''))]);
  assert.deepEqual(codes, ['STORE_TIMEOUT', 'STORE_TIMEOUT']);
  assert.equal(
    await codeOf(store.transact([], [{ key: 'unsent', value: '' }])),
    'STORE_TIMEOUT',
    'no good member, so it was not sent',
  );
  await write(link.direct, 'meanwhile');
  await eventually('the watchdog', () =>
    link.b.events.some((event) => event.kind === 'watch-broken' && /no sign of life/.test(event.detail)),
  );

  link.relay.mode = 'pass';
  await eventually('calls recover', async () => (await codeOf(store.read(['k']))) === 'none');
  await eventually('the change is hinted', () => log.keys.has('meanwhile'));
  assert.equal((await store.read(['unsent'])).entries.length, 0);
});

test('a transaction whose answer is lost is STORE_AMBIGUOUS, and a read shows that it happened, once', async () => {
  await using link = await relayed({ transactMs: 1_000, attemptMs: 30_000 });
  const store = link.b.open();
  await write(store, 'counter', '1');
  const version = (await store.read(['counter'])).entries[0]?.version ?? null;
  link.relay.mode = 'drop-answers';
  const lost = store.transact([{ key: 'counter', version }], [{ key: 'counter', value: '2' }]);
  await assert.rejects(lost, /STORE_AMBIGUOUS/);
  link.relay.mend();
  await eventually('the store can be read', async () => (await codeOf(store.read(['counter']))) === 'none');
  const [entry] = (await store.read(['counter'])).entries;
  assert.equal(entry?.value, '2');
  assert.equal(
    (await store.transact([{ key: 'counter', version }], [])).kind,
    'conflict',
    'whoever sent it again unread would not harm',
  );
});

test('a link that breaks under a transaction is STORE_AMBIGUOUS, too', async () => {
  await using link = await relayed({ attemptMs: 30_000 });
  const store = link.b.open();
  await write(store, 'k', '1');
  link.relay.mode = 'drop-answers';
  const lost = codeOf(store.transact([], [{ key: 'k', value: '2' }]));
  await eventually('it arrived', async () => (await link.direct.read(['k'])).entries[0]?.value === '2');
  link.relay.cut();
  assert.equal(await lost, 'STORE_AMBIGUOUS');
});

test('without any connection a transaction is definite: it was not sent', async () => {
  await using link = await relayed({ transactMs: 300, readMs: 300 });
  link.relay.cut();
  const store = link.b.open();
  assert.match(await codeOf(store.transact([], [{ key: 'k', value: '' }])), /^STORE_(UNAVAILABLE|TIMEOUT)$/);
  assert.match(await codeOf(store.read(['k'])), /^STORE_(UNAVAILABLE|TIMEOUT)$/);
  link.relay.mend();
  await eventually('it connects', async () => (await codeOf(store.read(['k']))) === 'none');
  assert.equal((await store.read(['k'])).entries.length, 0);
});

test('a snapshot whose revision is compacted between its pages begins again, and gives up when that never ends', async () => {
  await using b = new StoreBench(`etcd://${server.endpoint}`);
  const store = b.open();
  for (let from = 0; from < 60; from += 20) {
    const writes = Array.from({ length: 20 }, (_, index) => ({
      key: `t/${String(from + index).padStart(3, '0')}`,
      value: 'old',
    }));
    await store.transact([], writes);
  }
  const connection = new EtcdConnection(server.endpoint, {});
  let pages = 0;
  const readWhile = (isDisturbed: (page: number) => boolean): Promise<StoreSnapshot> =>
    readSnapshot(new EtcdRequest(realmPrefix(b.realm)), 't/', 1_000_000, async (rpc) => {
      pages += 1;
      if (isDisturbed(pages)) {
        await write(store, 't/059', `before page ${pages}`);
        await compact();
      }
      return connection.unary(rpc, undefined, AbortSignal.timeout(20_000));
    });
  try {
    const { entries } = await readWhile((page) => page === 2);
    assert.deepEqual([entries.length, entries.at(-1)?.value], [60, 'before page 2']);
    assert.ok(pages >= 4, `${pages} pages: two before the restart, the rest after it`);
    await assert.rejects(
      readWhile(() => true),
      /compacted/,
    );
  } finally {
    connection.close();
  }
});

test('a killed etcd: calls fail within their limits; when it is back they work and the watch misses nothing', async () => {
  await using b = new StoreBench(`etcd://${server.endpoint}`, {
    settings: { readMs: 400, transactMs: 400, snapshotMs: 400 },
  });
  const store = b.open();
  const patient = b.open({ settings: {} });
  const log = new HintLog();
  store.watch('', log.onHint);
  await eventually('the watch stands', () => log.lagged === 1);
  await write(store, 'k', 'kept');
  await server.kill();
  const calls = [store.read(['k']), store.snapshot(''), store.transact([], [])].map(codeOf);
  for (const code of await Promise.all(calls)) assert.match(code, /^STORE_(UNAVAILABLE|TIMEOUT|AMBIGUOUS)$/);
  await server.restart();
  await eventually('it can be read', async () => (await store.read(['k'])).entries[0]?.value === 'kept');
  await eventually(
    'it can be written',
    async () => (await codeOf(patient.transact([], [{ key: 'back', value: '' }]))) === 'none',
  );
  await eventually(
    'the watch is back',
    () => standsAfter(b, 'watch-broken') && (log.keys.has('back') || log.lagged >= 2),
  );
  await write(patient, 'later');
  await eventually('a later change', () => log.keys.has('later'));
});

/** Story: APISIX kept waiting for a revision of the old etcd, and served stale upstreams until somebody restarted it. */
test('a wiped etcd that begins again at revision 1: lagged, and every later change is hinted', async () => {
  await using b = new StoreBench(`etcd://${server.endpoint}`);
  const store = b.open();
  for (let index = 0; index < 30; index += 1) await write(store, 'k', String(index));
  const log = new HintLog();
  store.watch('', log.onHint);
  await eventually('the watch stands', () => log.lagged === 1);
  await server.wipe();
  await eventually('it stands again', () => standsAfter(b, 'watch-lagged'));
  assert.ok(log.lagged >= 2);
  assert.ok(b.events.some((event) => event.kind === 'watch-lagged' && /went back|another cluster/.test(event.detail)));
  await eventually('it can be read', async () => (await store.read(['k'])).entries.length === 0);
  await write(store, 'after');
  await eventually('the change after it', () => log.keys.has('after'));
});
