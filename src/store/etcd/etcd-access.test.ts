import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EtcdServer } from '../../../test/support/etcd-server.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { createTestAuthority } from '../../../test/support/test-certificates.ts';
import { codeOf, HintLog, StoreBench } from '../store-bench.fixture.ts';
import { EtcdConnection, type Rpc } from './etcd-connection.ts';

const authority = createTestAuthority('etcd authority');
const stranger = createTestAuthority('another authority');
let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ldc-etcd-tls-'));
});

after(() => rm(directory, { recursive: true, force: true }));

async function serverFiles(): Promise<{ cert: string; key: string; clientCa: string }> {
  const files = {
    cert: join(directory, 'cert.pem'),
    key: join(directory, 'key.pem'),
    clientCa: join(directory, 'ca.pem'),
  };
  const issued = authority.issue();
  await writeFile(files.cert, issued.certPem);
  await writeFile(files.key, issued.keyPem);
  await writeFile(files.clientCa, authority.caPem);
  return files;
}

/** Switches passwords on: root, and `ldc` who may use the prefix of all realms. */
async function enableAuth(server: EtcdServer): Promise<void> {
  const connection = new EtcdConnection(server.endpoint, {});
  const call = (method: string, request: object): Promise<unknown> =>
    connection.unary(
      { service: 'Auth', method: method as Rpc['method'], request },
      undefined,
      AbortSignal.timeout(20_000),
    );
  await call('userAdd', { name: 'root', password: 'root secret' });
  await call('roleAdd', { name: 'root' });
  await call('userGrantRole', { user: 'root', role: 'root' });
  await call('userAdd', { name: 'ldc', password: 'ldc secret' });
  await call('roleAdd', { name: 'ldc' });
  const perm = { permType: 2, key: Buffer.from('/ldc/'), range_end: Buffer.from('/ldc0') };
  await call('roleGrantPermission', { name: 'ldc', perm });
  await call('userGrantRole', { user: 'ldc', role: 'ldc' });
  await call('userAdd', { name: 'guest', password: 'guest secret' });
  await call('authEnable', {});
  connection.close();
}

test('with a password: reads, writes and watches; a wrong or missing one and a user without rights are STORE_AUTH', async () => {
  // Tokens live a second, so that the test sees them expire.
  const server = await EtcdServer.start({ extra: ['--auth-token-ttl=1'] });
  try {
    const url = `etcd://${server.endpoint}`;
    await using early = new StoreBench(url, { credentials: { user: 'ldc', password: 'ldc secret' } });
    const store = early.open();
    assert.equal(await codeOf(store.read(['k'])), 'none', 'a cluster without passwords takes whoever has one');
    await enableAuth(server);
    await store.transact([], [{ key: 'k', value: '1' }]);
    const log = new HintLog();
    store.watch('', log.onHint);
    await eventually('the watch stands', () => log.lagged === 1);

    const refused = [
      { credentials: { user: 'ldc', password: 'wrong' } },
      { credentials: { user: 'nobody', password: 'x' } },
      { credentials: { user: 'guest', password: 'guest secret' } },
      {},
    ];
    for (const options of refused) {
      await using b = new StoreBench(url, { realm: early.realm, ...options });
      assert.equal(await codeOf(b.open().read(['k'])), 'STORE_AUTH', JSON.stringify(options));
      assert.equal(
        await codeOf(b.open().transact([], [{ key: 'k', value: '2' }])),
        'STORE_AUTH',
        JSON.stringify(options),
      );
    }

    // A restart forgets all tokens: the store fetches a new one, for its calls and for its watch.
    await server.restart();
    await eventually('it reads', async () => (await store.read(['k'])).entries[0]?.value === '1');
    await eventually('the watch stands again', () => log.lagged >= 2);
    await eventually(
      'it writes',
      async () => (await codeOf(store.transact([], [{ key: 'later', value: '' }]))) === 'none',
    );
    await eventually('the change', () => log.keys.has('later'));
  } finally {
    await server.stop();
  }
});

test('TLS with client certificates: ours is let in; none, a stranger’s, and a stranger as server are refused', async () => {
  const server = await EtcdServer.start({ tls: await serverFiles() });
  try {
    const url = `etcds://${server.endpoint}`;
    const settings = { readMs: 300, transactMs: 300 };
    const [own, others] = [authority.issue({ commonName: 'ldc' }), stranger.issue({ commonName: 'ldc' })];
    const tls = { ca: authority.caPem, cert: own.certPem, key: own.keyPem };
    await using b = new StoreBench(url, { tls });
    const store = b.open();
    const log = new HintLog();
    store.watch('', log.onHint);
    await eventually('the watch stands', () => log.lagged === 1);
    await store.transact([], [{ key: 'k', value: '1' }]);
    await eventually('the change', () => log.keys.has('k'));
    assert.equal((await store.snapshot('')).entries.length, 1);

    const refused = {
      'no certificate': { tls: { ca: authority.caPem } },
      'a certificate of a stranger': { tls: { ca: authority.caPem, cert: others.certPem, key: others.keyPem } },
      'a server that we do not trust': { tls: { ...tls, ca: stranger.caPem } },
      'a server that no public authority knows': {},
      'no TLS': { url: `etcd://${server.endpoint}` },
    };
    for (const [why, options] of Object.entries(refused)) {
      await using other = new StoreBench(url, { settings, ...options });
      const refusedStore = other.open(options);
      assert.match(await codeOf(refusedStore.read(['k'])), /^STORE_(UNAVAILABLE|TIMEOUT)$/, why);
      assert.match(await codeOf(refusedStore.transact([], [])), /^STORE_(UNAVAILABLE|TIMEOUT)$/, why);
    }
  } finally {
    await server.stop();
  }
});

test('TLS without client certificates', async () => {
  const { cert, key } = await serverFiles();
  const server = await EtcdServer.start({ tls: { cert, key } });
  try {
    await using b = new StoreBench(`etcds://${server.endpoint}`, { tls: { ca: authority.caPem } });
    const store = b.open();
    assert.equal((await store.transact([], [{ key: 'k', value: '1' }])).kind, 'committed');
    assert.equal((await store.read(['k'])).entries[0]?.value, '1');
  } finally {
    await server.stop();
  }
});
