import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { eventually } from '../../test/support/eventually.ts';
import { type CoordStore, LIMITS, type StoreWrite } from './coord-store.ts';
import { codeOf, HintLog, StoreBench } from './store-bench.fixture.ts';

/** An engine that is up, for all tests of one run of the contract. */
export interface ContractEngine {
  readonly url: string;
  stop(): Promise<void>;
}

/** What every implementation of the port must do; registers the tests for the engine that `start` starts. */
export function coordStoreContract(name: string, start: () => Promise<ContractEngine>): void {
  describe(`CoordStore contract: ${name}`, () => {
    let engine: ContractEngine;
    before(async () => {
      engine = await start();
    });
    after(() => engine?.stop());
    const bench = (): StoreBench => new StoreBench(engine.url);
    readTests(bench);
    transactionTests(bench);
    snapshotTests(bench);
    refusalTests(bench);
    watchTests(bench);
    closeTests(bench);
  });
}

type NewBench = () => StoreBench;

const put = (key: string, value: string): StoreWrite => ({ key, value });

async function versionOf(store: CoordStore, key: string): Promise<string | null> {
  return (await store.read([key])).entries[0]?.version ?? null;
}

async function mustCommit(store: CoordStore, ...writes: StoreWrite[]): Promise<void> {
  assert.equal((await store.transact([], writes)).kind, 'committed');
}

function readTests(bench: NewBench): void {
  test('an empty store reads as empty, not as an error', async () => {
    await using b = bench();
    const store = b.open();
    assert.deepEqual((await store.read(['head'])).entries, []);
    assert.deepEqual((await store.snapshot('')).entries, []);
    assert.deepEqual((await store.read([])).entries, []);
  });

  test('each client reads at once what the other has just written', async () => {
    await using b = bench();
    const [left, right] = [b.open(), b.open()];
    for (let round = 0; round < 30; round += 1) {
      const [writer, reader] = round % 2 === 0 ? [left, right] : [right, left];
      await mustCommit(writer, put('head', String(round)));
      assert.equal((await reader.read(['head'])).entries[0]?.value, String(round));
    }
  });

  test('read gives each key once, sorted by bytes, and leaves out what does not exist', async () => {
    await using b = bench();
    const store = b.open();
    const keys = [
      'a',
      'a/',
      'b',
      'z',
      '\u00e9',
      '\uffff',
      '\u{10ffff}',
      ...Array.from({ length: 30 }, (_, index) => `n/${index}`),
    ];
    await mustCommit(store, ...keys.map((key) => put(key, `value of ${key}`)));
    const { entries } = await store.read([...keys].reverse().concat('a', 'missing'));
    const sorted = [...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    assert.deepEqual(
      entries.map(({ key, value }) => [key, value]),
      sorted.map((key) => [key, `value of ${key}`]),
    );
  });

  test('many keys are read at one revision while they change together', async () => {
    await using b = bench();
    const [writer, reader] = [b.open(), b.open()];
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
    await mustCommit(writer, ...keys.map((key) => put(key, '0')));
    await whileWriting(writer, keys, async () => {
      const values = new Set((await reader.read(keys)).entries.map((entry) => entry.value));
      assert.equal(values.size, 1, `two generations in one read: ${[...values]}`);
    });
  });
}

/** Writes all keys together, again and again, while `check` runs fifteen times. */
async function whileWriting(writer: CoordStore, keys: readonly string[], check: () => Promise<void>): Promise<void> {
  let isOver = false;
  const writing = (async () => {
    for (let generation = 1; !isOver; generation += 1) {
      await mustCommit(writer, ...keys.map((key) => put(key, String(generation))));
    }
  })();
  try {
    for (let round = 0; round < 15; round += 1) await check();
  } finally {
    isOver = true;
    await writing;
  }
}

function transactionTests(bench: NewBench): void {
  test('a conflict writes nothing and returns the compared keys as they were', async () => {
    await using b = bench();
    const store = b.open();
    await mustCommit(store, put('a', '1'), put('b', '2'));
    const version = await versionOf(store, 'a');
    await mustCommit(store, put('a', '3'));
    const result = await store.transact(
      [
        { key: 'b', version: await versionOf(store, 'b') },
        { key: 'a', version },
        { key: 'none', version: null },
        { key: 'a', version },
      ],
      [put('a', 'lost'), put('c', 'lost'), { key: 'b', value: null }],
    );
    assert.equal(result.kind, 'conflict');
    const seen = result.kind === 'conflict' ? result.entries.map(({ key, value }) => [key, value]) : [];
    assert.deepEqual(seen, [
      ['a', '3'],
      ['b', '2'],
    ]);
    assert.equal(result.kind === 'conflict' && result.entries[0]?.version, await versionOf(store, 'a'));
    assert.deepEqual(
      (await store.snapshot('')).entries.map(({ key, value }) => [key, value]),
      [
        ['a', '3'],
        ['b', '2'],
      ],
    );
  });

  test('of many creators exactly one wins', async () => {
    await using b = bench();
    const stores = [b.open(), b.open(), b.open(), b.open()];
    const results = await Promise.all(
      stores.map((store, index) => store.transact([{ key: 'leader', version: null }], [put('leader', String(index))])),
    );
    const winners = results.flatMap((result, index) => (result.kind === 'committed' ? [String(index)] : []));
    assert.deepEqual(winners, [(await b.open().read(['leader'])).entries[0]?.value]);
  });

  test('a version changes with every write of its key and never comes back', async () => {
    await using b = bench();
    const store = b.open();
    const seen: string[] = [];
    for (const value of ['x', 'x', null, 'x', 'y']) {
      await mustCommit(store, { key: 'k', value }, put('other', 'o'));
      const version = await versionOf(store, 'k');
      assert.equal(version === null, value === null);
      if (version !== null) seen.push(version);
    }
    assert.equal(new Set(seen).size, 4);
    assert.deepEqual(
      [...seen].sort((x, y) => Number(BigInt(x) - BigInt(y))),
      seen,
    );
    await mustCommit(store, put('other', 'again'));
    assert.equal(await versionOf(store, 'k'), seen[3], 'a write of another key left it alone');
  });

  test('concurrent compare-and-sets of two counters by four clients all count, and both together', async () => {
    await using b = bench();
    const stores = [b.open(), b.open(), b.open(), b.open()];
    const each = 12;
    await Promise.all(
      stores.map(async (store) => {
        for (let done = 0; done < each; ) {
          const { entries } = await store.read(['left', 'right']);
          const next = String(Number(entries[0]?.value ?? 0) + 1);
          const conditions = ['left', 'right'].map((key, index) => ({ key, version: entries[index]?.version ?? null }));
          const result = await store.transact(conditions, [put('left', next), put('right', next)]);
          if (result.kind === 'committed') done += 1;
        }
      }),
    );
    const total = String(each * stores.length);
    assert.deepEqual(
      (await b.open().read(['left', 'right'])).entries.map((entry) => entry.value),
      [total, total],
    );
  });

  test('transactions without writes compare, without conditions write, with neither commit', async () => {
    await using b = bench();
    const store = b.open();
    assert.equal((await store.transact([{ key: 'k', version: null }], [])).kind, 'committed');
    assert.equal((await store.transact([{ key: 'k', version: '1' }], [])).kind, 'conflict');
    assert.equal((await store.transact([], [])).kind, 'committed');
    assert.equal((await store.transact([], [{ key: 'not there', value: null }])).kind, 'committed');
  });

  test('any keys and values come back as they were', async () => {
    await using b = bench();
    const store = b.open();
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.tuple(
            text.filter((key) => key !== ''),
            text,
          ),
          { selector: ([key]) => key, maxLength: 8 },
        ),
        async (pairs) => {
          const writes = pairs.map(([key, value]) => put(`p/${key}`, value));
          await mustCommit(store, ...writes);
          const { entries } = await store.read(writes.map((write) => write.key));
          assert.deepEqual(
            new Map(entries.map(({ key, value }) => [key, value])),
            new Map(writes.map(({ key, value }) => [key, value])),
          );
        },
      ),
      {
        numRuns: 25,
        examples: [
          [
            [
              ['\0', '\0'],
              ['a\0b', 'x\0y'],
              ["'; DROP TABLE entries;--", '\n\r\t"\\'],
            ],
          ],
          [[['ключ/键/🔑', '']]],
        ],
      },
    );
  });
}

function snapshotTests(bench: NewBench): void {
  test('a snapshot of several pages has one revision while its first and last keys change together', async () => {
    await using b = bench();
    const [writer, reader] = [b.open(), b.open()];
    const keys = Array.from({ length: 400 }, (_, index) => `t/${String(index).padStart(4, '0')}`);
    for (let from = 0; from < keys.length; from += 100) {
      await mustCommit(writer, ...keys.slice(from, from + 100).map((key) => put(key, '-')));
    }
    const ends = ['t/0000', 't/0200', 't/0399'];
    await mustCommit(writer, ...ends.map((key) => put(key, '0')));
    await whileWriting(writer, ends, async () => {
      const { entries } = await reader.snapshot('t/');
      assert.deepEqual(
        entries.map((entry) => entry.key),
        keys,
      );
      const generations = new Set(entries.filter((entry) => ends.includes(entry.key)).map((entry) => entry.value));
      assert.equal(generations.size, 1, `generations in one snapshot: ${[...generations]}`);
    });
  });

  test('a snapshot holds exactly the keys that begin with the prefix', async () => {
    await using b = bench();
    const store = b.open();
    const keys = ['a', 'a/', 'a/1', 'a/\u{10ffff}', 'a/\u{10ffff}x', 'a0', 'b', '\u{10ffff}', '\u{10ffff}\u{10ffff}'];
    await mustCommit(store, ...keys.map((key) => put(key, '')));
    const under = async (prefix: string): Promise<string[]> =>
      (await store.snapshot(prefix)).entries.map((entry) => entry.key);
    assert.deepEqual(await under('a/'), ['a/', 'a/1', 'a/\u{10ffff}', 'a/\u{10ffff}x']);
    assert.deepEqual(await under('\u{10ffff}'), ['\u{10ffff}', '\u{10ffff}\u{10ffff}']);
    assert.deepEqual(await under(''), keys);
  });

  test('a table of 6 MiB in values of 512 KiB is written and read back', async () => {
    await using b = bench();
    const [writer, reader] = [b.open(), b.open()];
    const value = (index: number): string => String.fromCharCode(97 + index).repeat(LIMITS.valueBytes);
    for (let index = 0; index < 12; index += 1)
      await mustCommit(writer, put(`chunks/${String.fromCharCode(97 + index)}`, value(index)));
    const { entries } = await reader.snapshot('chunks/');
    assert.equal(entries.length, 12);
    assert.ok(entries.every((entry, index) => entry.value === value(index)));
    const named = await reader.read(entries.map((entry) => entry.key).concat('chunks/none'));
    assert.deepEqual(named.entries, entries);
  });

  test('a snapshot above its limit fails by name instead of filling the memory', async () => {
    await using b = bench();
    const store = b.open({ settings: { snapshotBytes: 1000 } });
    await mustCommit(store, put('a', 'x'.repeat(900)));
    assert.equal((await store.snapshot('')).entries.length, 1);
    await mustCommit(store, put('b', 'x'.repeat(900)));
    await assert.rejects(store.snapshot(''), /STORE_TOO_LARGE.*snapshotBytes/);
  });

  test('realms do not see each other, also if one name begins with the other', async () => {
    await using b = bench();
    const [short, long] = [b.open(), b.open({ realm: `${b.realm}-b` })];
    await mustCommit(short, put('k', 'short'));
    await mustCommit(long, put('k', 'long'), put('m', 'long'));
    assert.deepEqual(
      (await short.snapshot('')).entries.map((entry) => entry.value),
      ['short'],
    );
    assert.deepEqual(
      (await long.snapshot('')).entries.map((entry) => entry.value),
      ['long', 'long'],
    );
  });
}

function refusalTests(bench: NewBench): void {
  test('takes calls at the limits and refuses those beyond, before anything is written', async () => {
    await using b = bench();
    const store = b.open();
    const many = (count: number): StoreWrite[] => Array.from({ length: count }, (_, index) => put(`n/${index}`, ''));
    const large = 'x'.repeat(LIMITS.valueBytes);
    const longKey = 'k'.repeat(LIMITS.keyBytes);
    await mustCommit(store, ...many(LIMITS.transactionKeys));
    await mustCommit(store, put(longKey, large));
    assert.equal((await store.read([longKey])).entries[0]?.value, large);
    const before = await store.snapshot('');
    const refused: [string, Promise<unknown>][] = [
      ['STORE_TOO_LARGE', store.transact([{ key: 'c', version: null }], many(LIMITS.transactionKeys))],
      ['STORE_TOO_LARGE', store.transact([], [put('a', `${large}x`)])],
      ['STORE_TOO_LARGE', store.transact([], [put('a', large), put('b', large)])],
      ['STORE_TOO_LARGE', store.transact([], [put('é'.repeat(LIMITS.keyBytes / 2 + 1), '')])],
      ['STORE_TOO_LARGE', store.read(many(LIMITS.transactionKeys + 1).map((write) => write.key))],
      ['STORE_BAD_CALL', store.transact([], [put('a', '1'), { key: 'a', value: null }])],
      ['STORE_BAD_CALL', store.transact([], [put('', '1')])],
      ['STORE_BAD_CALL', store.transact([], [put('a', '\ud800')])],
      ['STORE_BAD_CALL', store.transact([{ key: 'a', version: '0' }], [])],
      ['STORE_BAD_CALL', store.read(['\udc00'])],
    ];
    for (const [code, call] of refused) assert.equal(await codeOf(call), code);
    assert.deepEqual((await store.snapshot('')).entries, before.entries);
  });

  test('many calls at once are answered, and more than maxPending are refused by name', async () => {
    await using b = bench();
    const store = b.open({ settings: { maxPending: 50 } });
    const codes = await Promise.all(Array.from({ length: 60 }, () => codeOf(store.read(['k']))));
    assert.equal(codes.filter((code) => code === 'none').length, 50);
    assert.equal(codes.filter((code) => code === 'STORE_OVERLOADED').length, 10);
  });
}

function watchTests(bench: NewBench): void {
  test('a watch begins with one hint, and who reads after it misses nothing of many writes', async () => {
    await using b = bench();
    const [writer, watcher] = [b.open(), b.open()];
    await mustCommit(writer, put('w/before', ''));
    const log = new HintLog();
    watcher.watch('w/', log.onHint);
    assert.equal(log.hints.length, 0, 'no hint from inside watch');
    await eventually('the first hint', () => log.lagged === 1);
    const keys = Array.from({ length: 150 }, (_, index) => `w/${index}`);
    for (const key of keys) await mustCommit(writer, put(key, ''), put(`elsewhere/${key}`, ''));
    await eventually('all keys are hinted', () => keys.every((key) => log.keys.has(key)) || log.lagged > 1);
    assert.equal(log.lagged, 1, JSON.stringify(log.hints.filter((hint) => hint.kind === 'lagged')));
    assert.ok(
      [...log.keys].every((key) => key.startsWith('w/')),
      'only keys under the prefix',
    );
  });

  test('deletions are hinted, and so are the writer’s own changes', async () => {
    await using b = bench();
    const [writer, other] = [b.open(), b.open()];
    await mustCommit(writer, put('d/1', ''), put('d/2', ''));
    const logs = [new HintLog(), new HintLog()];
    [writer, other].forEach((store, index) => void store.watch('d/', logs[index]?.onHint ?? assert.fail()));
    await eventually('both stand', () => logs.every((log) => log.lagged === 1));
    await mustCommit(writer, { key: 'd/1', value: null });
    await eventually('both know', () => logs.every((log) => log.keys.has('d/1')));
  });

  test('after close of one watch nothing comes to it, and the others go on', async () => {
    await using b = bench();
    const store = b.open();
    const [closed, open] = [new HintLog(), new HintLog()];
    const watch = store.watch('', closed.onHint);
    store.watch('', open.onHint);
    const neverHeard = new HintLog();
    store.watch('', neverHeard.onHint).close();
    await eventually('both stand', () => closed.lagged === 1 && open.lagged === 1);
    watch.close();
    watch.close();
    await mustCommit(store, put('k', ''));
    await eventually('the open one knows', () => open.keys.has('k'));
    assert.equal(closed.hints.length, 1);
    assert.equal(neverHeard.hints.length, 0);
  });

  test('a listener that throws is observed and hurts neither the watch nor others', async () => {
    await using b = bench();
    const store = b.open();
    const log = new HintLog();
    store.watch('', (hint) => {
      log.onHint(hint);
      throw new Error('a bug in the listener');
    });
    await eventually('the first hint', () => log.lagged === 1);
    await mustCommit(store, put('k', ''));
    await eventually('the change', () => log.keys.has('k'));
    assert.ok(b.events.filter((event) => event.kind === 'listener-threw').length >= 2);
  });

  test('a watch says lagged every reconcileMs, and when too many keys changed for one hint', async () => {
    await using b = bench();
    const quiet = b.open();
    const store = b.open({ settings: { reconcileMs: 40, maxHintKeys: 3 } });
    const log = new HintLog();
    store.watch('', log.onHint);
    await eventually(
      'three periodic hints',
      () => log.hints.filter((hint) => hint.kind === 'lagged' && /periodic/.test(hint.reason)).length >= 3,
    );
    await mustCommit(quiet, ...['a', 'b', 'c', 'd'].map((key) => put(key, '')));
    await eventually('the flood', () =>
      log.hints.some((hint) => hint.kind === 'lagged' && !/periodic|stands/.test(hint.reason)),
    );
    assert.equal(log.keys.size, 0);
  });
}

function closeTests(bench: NewBench): void {
  test('close ends calls in flight, refuses later ones, ends watches, and may be called twice', async () => {
    await using b = bench();
    const store = b.open();
    const log = new HintLog();
    store.watch('', log.onHint);
    await eventually('the first hint', () => log.lagged === 1);
    const inFlight = Promise.all([
      codeOf(store.read(['k'])),
      codeOf(store.transact([], [put('k', '')])),
      codeOf(store.snapshot('')),
    ]);
    await Promise.all([store.close(), store.close()]);
    for (const code of await inFlight) assert.equal(code, 'STORE_CLOSED');
    assert.equal(await codeOf(store.read(['k'])), 'STORE_CLOSED');
    assert.equal(await codeOf(store.transact([], [])), 'STORE_CLOSED');
    assert.equal(await codeOf(store.snapshot('')), 'STORE_CLOSED');
    assert.throws(() => store.watch('', log.onHint), /STORE_CLOSED/);
    await mustCommit(b.open(), put('after', ''));
    assert.equal(log.keys.has('after'), false);
  });
}
