import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ControlBench, REALM, THREE_CITIES } from '../../test/support/control-bench.ts';
import { eventually } from '../../test/support/eventually.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import type { Epoch, NodeId, ShardId } from '../core/ids.ts';
import { NONE } from '../core/topology.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { HEAD_KEY } from '../store/records/head-record.ts';
import { TableReader } from '../store/records/table-reader.ts';
import { writeTable } from '../store/records/table-writer.ts';
import { AUDIT_PREFIX, auditKey, decodeAudit, findBrokenLink } from './records/audit-record.ts';

/** The reference with another weight between the cells of RZ01. */
const OTHER_WEIGHTS = reweighed(30);

let bench: ControlBench;
let store: FaultyStore;
/** Past the faults: what another process does. */
let others: CoordStore;

beforeEach(async () => {
  const real = await ControlBench.start();
  others = real.store;
  store = new FaultyStore(others);
  bench = await ControlBench.start({ store, dir: real.dir });
  bench.alsoClose(real.node);
});

afterEach(() => bench.close());

/** RZ01A gets `weight`, RZ01B the rest. */
function reweighed(weight: number): string {
  const [a, b] = [/(RZ01A:[^\n]*?weight: )50/, /(RZ01B:[^\n]*?weight: )50/];
  const text = THREE_CITIES.replace(a, `$1${weight}`).replace(b, `$1${100 - weight}`);
  assert.notEqual(text, THREE_CITIES);
  return text;
}

async function audits() {
  const { entries } = await bench.store.snapshot(AUDIT_PREFIX);
  return entries.map(({ key, value }) => decodeAudit(key, value));
}

/** Changes the table as an operation would. */
async function changeTable(change: (table: Awaited<ReturnType<typeof readTable>>['table']) => object): Promise<void> {
  const { table, headVersion } = await readTable();
  const epoch = (table.epoch + 1) as Epoch;
  const { result } = await writeTable(others, { ...table, epoch, ...change(table) }, headVersion);
  assert.equal(result.kind, 'committed');
}

async function readTable() {
  const reading = await new TableReader(others, REALM).read();
  assert.ok(reading !== null);
  return reading;
}

test('the first apply makes the incarnation and epoch 1 with every shard at home', async () => {
  const { status, body } = await bench.apply(THREE_CITIES, 0, { reason: 'begin' });
  assert.equal(status, 200);
  assert.deepEqual([body.outcome, body.epoch, body.away], ['applied', 1, []]);
  assert.match(body.incarnation, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const { table } = await readTable();
  assert.equal(table.digest, body.digest);
  const show = await bench.call('/v1/rules/show');
  assert.deepEqual([show.body.text, show.body.author, show.body.reason], [THREE_CITIES, 'operator-1', 'begin']);
});

test('a later apply raises the epoch and keeps incarnation, owners and shard epochs', async () => {
  const first = await bench.apply(THREE_CITIES, 0);
  const second = await bench.apply(OTHER_WEIGHTS, 1, { incarnation: first.body.incarnation });
  assert.deepEqual(
    [second.body.outcome, second.body.epoch, second.body.incarnation],
    ['applied', 2, first.body.incarnation],
  );
  assert.match(second.body.changes.join('\n'), /RZ01/);
  const { body } = await bench.call('/v1/table');
  assert.ok(body.shards.every((run: { epoch: number }) => run.epoch === 1));
});

test('an apply that changes nothing writes nothing and says so', async () => {
  await bench.apply(THREE_CITIES, 0);
  const [before] = (await bench.store.read([HEAD_KEY])).entries;
  const { status, body } = await bench.apply(`# another comment\n${THREE_CITIES}`, 1);
  assert.deepEqual([status, body.outcome, body.epoch], [200, 'nothing', 1]);
  const [after] = (await bench.store.read([HEAD_KEY])).entries;
  assert.deepEqual(after, before);
  assert.equal((await audits()).length, 1);
});

test('of two applies that race exactly one wins, the other gets 409 with what changed', async () => {
  await bench.apply(THREE_CITIES, 0);
  for (let epoch = 1; epoch <= 5; epoch += 1) {
    const answers = await Promise.all([
      bench.apply(reweighed(10 + epoch), epoch, { reason: 'left' }),
      bench.apply(reweighed(60 + epoch), epoch, { reason: 'right' }),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const lost = answers.find(({ status }) => status === 409)?.body;
    const won = answers[0]?.status === 200 ? 'left' : 'right';
    assert.equal(lost.error.code, 'CONFLICT');
    assert.deepEqual(lost.conflict.running.epoch, epoch + 1);
    assert.equal(lost.conflict.since.length, 1);
    const [change] = lost.conflict.since;
    assert.deepEqual([change.epoch, change.author, change.reason], [epoch + 1, 'operator-1', won]);
    assert.match(change.changes.join(), /RZ01/);
  }
  assert.equal((await readTable()).table.epoch, 6);
});

test('of two first applies that race exactly one makes the incarnation', async () => {
  const answers = await Promise.all([bench.apply(THREE_CITIES, 0), bench.apply(OTHER_WEIGHTS, 0)]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
  const winner = answers.find(({ status }) => status === 200);
  assert.equal((await readTable()).table.incarnation, winner?.body.incarnation);
});

test('an apply planned on another incarnation is a conflict', async () => {
  await bench.apply(THREE_CITIES, 0);
  const { status, body } = await bench.apply(OTHER_WEIGHTS, 1, { incarnation: 'another-life' });
  assert.deepEqual([status, body.error.code], [409, 'CONFLICT']);
});

test('the same call sent again is answered, not done again', async () => {
  await bench.apply(THREE_CITIES, 0);
  const first = await bench.apply(OTHER_WEIGHTS, 1, { id: 'call-0001' });
  const again = await bench.apply(OTHER_WEIGHTS, 1, { id: 'call-0001' });
  assert.deepEqual([again.status, again.body.outcome, again.body.epoch], [200, 'again', 2]);
  assert.equal(again.body.digest, first.body.digest);
  assert.equal((await bench.apply(OTHER_WEIGHTS, 1, { id: 'call-0002' })).status, 409);
});

for (const lost of ['after', 'before'] as const) {
  test(`the answer of the transaction is lost ${lost} the commit: applied once, and told truly`, async () => {
    await bench.apply(THREE_CITIES, 0);
    store.faults.push({ key: HEAD_KEY, lost });
    const { status, body } = await bench.apply(OTHER_WEIGHTS, 1);
    assert.deepEqual([status, body.outcome, body.epoch], [200, 'applied', 2]);
    assert.deepEqual(
      (await audits()).map(({ sequence }) => sequence),
      [1, 2],
    );
    assert.equal((await readTable()).table.epoch, 2);
  });
}

test('a lost answer and somebody else’s change: a conflict, never a false success', async () => {
  await bench.apply(THREE_CITIES, 0);
  store.faults.push({ key: HEAD_KEY, lost: 'before' });
  store.interruptions.push({ key: HEAD_KEY, run: () => changeTable(() => ({})) });
  const { status, body } = await bench.apply(OTHER_WEIGHTS, 1);
  assert.deepEqual([status, body.error?.code], [409, 'CONFLICT']);
});

test('the answer is lost and the store goes down: APPLY_UNKNOWN with Retry-After, and the same call again tells', async () => {
  await bench.apply(THREE_CITIES, 0);
  store.faults.push({ key: HEAD_KEY, lost: 'after' });
  store.interruptions.push({
    key: HEAD_KEY,
    run: async () => {
      // From the commit on: the flip below still goes through, every later call fails.
      queueMicrotask(() => {
        store.down = 'STORE_UNAVAILABLE';
      });
    },
  });
  const { status, body, headers } = await bench.apply(OTHER_WEIGHTS, 1, { id: 'call-0001' });
  assert.deepEqual([status, body.error.code], [503, 'APPLY_UNKNOWN']);
  assert.ok(Number(headers.get('retry-after')) > 0);
  store.down = null;
  const again = await bench.apply(OTHER_WEIGHTS, 1, { id: 'call-0001' });
  assert.deepEqual([again.status, again.body.outcome, again.body.epoch], [200, 'again', 2]);
});

test('the head rewritten meanwhile, without a change of the table, is no conflict', async () => {
  await bench.apply(THREE_CITIES, 0);
  store.interruptions.push({
    key: HEAD_KEY,
    run: async () => {
      const [head] = (await bench.store.read([HEAD_KEY])).entries;
      await bench.store.transact([], [{ key: HEAD_KEY, value: head?.value ?? '' }]);
    },
  });
  assert.deepEqual((await bench.apply(OTHER_WEIGHTS, 1)).body.outcome, 'applied');
});

test('another realm, another shard rule, a unit left out that owns shards: refused, and what runs is untouched', async () => {
  await bench.apply(THREE_CITIES, 0);
  const cases: readonly (readonly [text: string, why: RegExp])[] = [
    [THREE_CITIES.replace(/^realm: .*/m, 'realm: other'), /"other".*"reference"/],
    [THREE_CITIES.replace('fromEnd: 0', 'fromEnd: 1'), /shard rule/],
    [THREE_CITIES.replaceAll('RZ05', 'RZ06'), /leaves out unit RZ05, which shards are using now/],
  ];
  for (const [text, why] of cases) {
    assert.notEqual(text, THREE_CITIES);
    const { status, body } = await bench.apply(text, 1);
    assert.deepEqual([status, body.error.code], [422, 'RULES_REFUSED'], JSON.stringify(body));
    assert.match(body.refusals.join('\n'), why);
    const diff = await bench.post('/v1/rules/diff', { file: 'f', text });
    assert.deepEqual(diff.body.refusals, body.refusals);
  }
  assert.equal((await readTable()).table.epoch, 1);
});

test('a shard that nobody owns, the global one of a realm without G unit, goes home with the unit that comes', async () => {
  await bench.apply(THREE_CITIES, 0);
  await changeTable((table) => {
    const shards = table.shards.copy();
    const { globalShard } = table.topology;
    shards.fill(globalShard, globalShard, { ...shards.at(globalShard), owner: NONE, primary: NONE });
    return { shards };
  });
  assert.equal((await bench.apply(OTHER_WEIGHTS, 2)).status, 200);
  const { body } = await bench.call('/v1/table');
  const { owner, primary, epoch, since } = body.shards.at(-1);
  assert.deepEqual([owner, primary, epoch, since], ['GZ00', 'hz-a', 3, 3]);
});

test('owners stay where an operation put them, and the answer lists them as away', async () => {
  await bench.apply(THREE_CITIES, 0);
  await changeTable((table) => {
    const shards = table.shards.copy();
    const owner = table.topology.unitIndex.get('RZ05') ?? -1;
    const primary = table.topology.dataCenterIndex.get('sz-a') ?? -1;
    shards.fill(3, 4, { ...shards.at(3 as ShardId), owner, primary, epoch: 2 as Epoch, since: 2 as Epoch });
    return { shards };
  });
  const { body } = await bench.apply(OTHER_WEIGHTS, 2);
  assert.deepEqual(
    body.away.map((away: Record<string, unknown>) => [away.shards, away.home, away.owner, away.primary]),
    [['03-04', 'RZ01', 'RZ05', 'sz-a']],
  );
});

test('a live gateway that does not read the record format stops an apply', async () => {
  await bench.apply(THREE_CITIES, 0);
  await bench.putEdge({ node: 'old-gateway' as NodeId, formats: [] });
  await eventually('control sees it', () => bench.node.edges.observation.edges.length === 1);
  const { status, body } = await bench.apply(OTHER_WEIGHTS, 1);
  assert.deepEqual([status, body.error.code], [422, 'RULES_REFUSED']);
  assert.match(body.refusals[0], /old-gateway.*formats none/);
});

test('every apply leaves one audit record, and the chain holds; a record that was changed is found', async () => {
  await bench.apply(THREE_CITIES, 0);
  await bench.apply(OTHER_WEIGHTS, 1, { reason: 'more for B' });
  await bench.apply(THREE_CITIES, 2);
  const records = await audits();
  assert.deepEqual(
    records.map(({ sequence, fromEpoch }) => [sequence, fromEpoch]),
    [
      [1, 0],
      [2, 1],
      [3, 2],
    ],
  );
  assert.equal(findBrokenLink(records), null);
  assert.deepEqual(records.map(({ author, role, reason }) => [author, role, reason])[1], [
    'operator-1',
    'operator',
    'more for B',
  ]);
  assert.match(
    findBrokenLink([records[0], records[2]].filter((record) => record !== undefined)) ?? '',
    /followed by 3/,
  );
  const [entry] = (await bench.store.read([auditKey(2)])).entries;
  const forged = (entry?.value ?? '').replace('more for B', 'not I');
  assert.throws(() => decodeAudit(auditKey(2), forged), /does not hash/);
});

test('a ruleset that is too large is refused with the limit', async () => {
  const { status, body } = await bench.apply(`${THREE_CITIES}\n# ${'x'.repeat(300_000)}`, 0);
  assert.deepEqual([status, body.error.code], [422, 'RULES_INVALID']);
  assert.match(body.mistakes[0].message, /262144|262,144/);
});
