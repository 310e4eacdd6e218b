import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { machineClock } from '../../../test/support/machine-clock.ts';
import { codeOf, HintLog, machineRandom, StoreBench } from '../store-bench.fixture.ts';
import type { StoreEvent } from '../store-event.ts';
import { storeSettings } from '../store-settings.ts';
import { EmbeddedStore } from './embedded-store.ts';
import { SqliteThread } from './sqlite-thread.ts';

let directory: string;
let files = 0;
const children = new Set<ChildProcess>();

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ldc-embedded-'));
});

after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

function newFile(): string {
  files += 1;
  return join(directory, `store-${files}.db`);
}

function startChild(...parameters: string[]): { child: ChildProcess; messages: string[] } {
  const messages: string[] = [];
  const child = fork(new URL('./embedded-store.child.ts', import.meta.url), parameters);
  children.add(child);
  child.on('message', (message) => messages.push(String(message)));
  child.on('exit', () => children.delete(child));
  return { child, messages };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

test('every write that a killed process had acknowledged is there, whole, and the next process goes on', async () => {
  await using b = new StoreBench(`embedded:${newFile()}`);
  const store = b.open();
  for (let round = 0; round < 4; round += 1) {
    const { child, messages } = startChild('write', b.url, b.realm, `round${round}`);
    const enough = randomInt(1, 120);
    await eventually('the child writes', () => messages.length >= enough);
    await kill(child);
    const { entries } = await store.snapshot('');
    const found = new Map(entries.map((entry) => [entry.key, entry.value]));
    for (const key of messages) assert.ok(found.has(key), `${key} was acknowledged and is gone`);
    for (const key of found.keys())
      if (key.startsWith('round')) assert.ok(found.has(`pair-${key}`), `${key} without its pair`);
  }
});

test('four processes count together on one file, and the file is as it should be', async () => {
  const file = newFile();
  await using b = new StoreBench(`embedded:${file}`);
  const each = 25;
  const started = [1, 2, 3, 4].map(() => startChild('count', b.url, b.realm, '-', String(each)).child);
  for (const [code] of await Promise.all(started.map((child) => once(child, 'exit')))) assert.equal(code, 0);
  assert.equal((await b.open().read(['counter'])).entries[0]?.value, String(each * started.length));
  const database = new DatabaseSync(file, { readOnly: true });
  assert.equal(Object.values(database.prepare('PRAGMA integrity_check').get() ?? {})[0], 'ok');
  database.close();
});

test('a watch misses nothing that another process writes', async () => {
  await using b = new StoreBench(`embedded:${newFile()}`);
  const log = new HintLog();
  b.open().watch('w/', log.onHint);
  await eventually('the first hint', () => log.lagged === 1);
  const { child, messages } = startChild('write', b.url, b.realm, 'w');
  await eventually('the child writes', () => messages.length >= 200);
  await kill(child);
  await eventually('all are hinted', () => messages.every((key) => log.keys.has(key)));
  assert.equal(log.lagged, 1);
});

test('while another process holds the lock this one’s event loop turns, reads go on, and the write ends in time, undone', async () => {
  const file = newFile();
  await using b = new StoreBench(`embedded:${file}`);
  const store = b.open({ settings: { transactMs: 400 } });
  const patient = b.open();
  await patient.transact([], [{ key: 'k', value: 'before' }]);
  await store.read(['k']);
  const { child, messages } = startChild('lock', file);
  await eventually('the lock is held', () => messages.includes('locked'));

  let isPending = true;
  const write = codeOf(store.transact([], [{ key: 'k', value: 'late' }])).finally(() => {
    isPending = false;
  });
  const waiting = patient.transact([], [{ key: 'p', value: 'patient' }]);
  let turns = 0;
  for (; isPending; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(turns > 100, `the event loop turned ${turns} times in 400 ms`);
  assert.equal(await write, 'STORE_TIMEOUT');
  assert.equal((await store.read(['k'])).entries[0]?.value, 'before');

  child.send('go');
  assert.equal((await waiting).kind, 'committed');
  assert.equal((await store.read(['k'])).entries[0]?.value, 'before', 'a write that timed out never comes true');
});

test('a file that is no store is refused by name and left as it was', async () => {
  const garbage = newFile();
  await writeFile(garbage, 'this is a letter to my aunt, long enough to be taken for a database header. '.repeat(20));
  const content = await readFile(garbage);
  const foreign = newFile();
  const database = new DatabaseSync(foreign);
  database.exec('CREATE TABLE recipes (name TEXT)');
  database.close();
  const newer = newFile();
  const future = new DatabaseSync(newer);
  future.exec('CREATE TABLE x (y); PRAGMA application_id = 0x4c444331; PRAGMA user_version = 99');
  future.close();
  const occupied = newFile();
  await mkdir(occupied);

  const cases: [string, RegExp][] = [
    [garbage, /STORE_CORRUPT.*not a database/],
    [foreign, /STORE_CORRUPT.*of another program/],
    [newer, /STORE_CORRUPT.*has format 99/],
    [occupied, /STORE_UNAVAILABLE.*EISDIR/],
    [join(directory, 'no', 'such', 'directory.db'), /STORE_UNAVAILABLE.*ENOENT/],
  ];
  for (const [file, expected] of cases) {
    await using b = new StoreBench(`embedded:${file}`);
    const store = b.open();
    await assert.rejects(store.read(['k']), expected);
    await assert.rejects(store.transact([], [{ key: 'k', value: '' }]), expected);
  }
  assert.deepEqual(await readFile(garbage), content);
});

test('a damaged file is STORE_CORRUPT, and a repaired one is used by the next call', async () => {
  const file = newFile();
  await using first = new StoreBench(`embedded:${file}`, { realm: 'r', settings: { transactMs: 20_000 } });
  const writer = first.open();
  for (let index = 0; index < 40; index += 1) {
    await writer.transact([], [{ key: `k${index}`, value: 'x'.repeat(3_000) }]);
  }
  await first[Symbol.asyncDispose]();
  const good = await readFile(file);
  const bad = Buffer.from(good);
  bad.fill(0x5a, 4_096);
  await writeFile(file, bad);

  await using b = new StoreBench(`embedded:${file}`, { realm: 'r' });
  const store = b.open();
  await assert.rejects(store.snapshot(''), /STORE_CORRUPT/);
  await writeFile(file, good);
  assert.equal((await store.snapshot('')).entries.length, 40);
});

test('a file that was moved away or replaced is noticed: nothing is acknowledged into it, and watchers read again', async () => {
  const file = newFile();
  await using b = new StoreBench(`embedded:${file}`);
  const store = b.open();
  await store.transact([], [{ key: 'k', value: 'old' }]);
  const log = new HintLog();
  store.watch('', log.onHint);
  await eventually('the first hint', () => log.lagged === 1);
  for (const suffix of ['', '-wal', '-shm']) await rename(file + suffix, `${file}.away${suffix}`);
  assert.deepEqual((await store.read(['k'])).entries, []);
  await store.transact([], [{ key: 'k', value: 'new' }]);
  await eventually('lagged', () => log.lagged >= 2);
  assert.equal((await b.open().read(['k'])).entries[0]?.value, 'new');
  await store.transact([], [{ key: 'later', value: '' }]);
  await eventually('the watch lives', () => log.keys.has('later'));
});

test('the watch stands when the file can be opened at last', async () => {
  const parent = join(directory, 'later');
  await using b = new StoreBench(`embedded:${join(parent, 'store.db')}`);
  const store = b.open();
  const log = new HintLog();
  store.watch('', log.onHint);
  assert.equal(await codeOf(store.read(['k'])), 'STORE_UNAVAILABLE');
  assert.equal(log.hints.length, 0);
  await mkdir(parent);
  await eventually('the first hint', () => log.lagged === 1);
  await store.transact([], [{ key: 'k', value: '' }]);
  await eventually('the change', () => log.keys.has('k'));
});

test('a thread that dies: calls in flight fail by their kind, the next call starts another, and watches stand again', async () => {
  const events: StoreEvent[] = [];
  const threads: SqliteThread[] = [];
  const store = new EmbeddedStore(
    {
      file: newFile(),
      keyPrefix: '/ldc/r/v1/',
      clock: machineClock,
      random: machineRandom,
      settings: storeSettings({ backoffMaxMs: 50, readMs: 20_000, transactMs: 20_000 }),
      observe: (event) => events.push(event),
    },
    (...given) => {
      const thread = new SqliteThread(...given);
      threads.push(thread);
      return thread;
    },
  );
  try {
    const log = new HintLog();
    store.watch('', log.onHint);
    await eventually('the first hint', () => log.lagged === 1);
    // Nothing in the store sends this: it stands for whatever may end a thread.
    threads[0]?.send({ kind: 'call', id: 0 } as never);
    assert.equal(await codeOf(store.read(['k'])), 'STORE_UNAVAILABLE');
    assert.equal(await codeOf(store.transact([], [{ key: 'k', value: '' }])), 'none');
    assert.ok(events.some((event) => event.kind === 'worker-lost'));
    await eventually('the watch stands again', () => log.lagged >= 2);
    await store.transact([], [{ key: 'later', value: '' }]);
    await eventually('the change', () => log.keys.has('later'));
  } finally {
    await store.close();
  }
});

test('only the owner may read the file', async () => {
  const file = newFile();
  await using b = new StoreBench(`embedded:${file}`);
  await b.open().transact([], [{ key: 'k', value: '' }]);
  for (const suffix of ['', '-wal', '-shm', '-hint'])
    assert.equal((await stat(file + suffix)).mode & 0o777, 0o600, suffix);
});
