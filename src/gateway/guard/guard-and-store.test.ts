import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { embeddedRealm } from '../../../test/support/embedded-realm.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { FaultyStore } from '../../../test/support/faulty-store.ts';
import { GuardedGateway, OWN_KEY } from '../../../test/support/guarded-gateway.ts';
import type { RecordingDownstream } from '../../../test/support/recording-downstream.ts';
import { threeCitiesTable } from '../../../test/support/three-cities.ts';
import type { Epoch, ShardId } from '../../core/ids.ts';
import type { ShardRecord } from '../../core/shard-columns.ts';
import type { Table } from '../../core/table.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import { decodeGuard, type GuardRecord } from '../../store/records/guard-record.ts';
import { HEAD_KEY } from '../../store/records/head-record.ts';
import { writeTable } from '../../store/records/table-writer.ts';
import type { GuardSettings } from './guard-settings.ts';

const SHARD = 7 as ShardId;
const NOBODY = { owner: 0xffff, primary: 0xffff, previous: 0xffff };
const OK = ['Content-Length', '0'];

/** The next table in the store, with shard 07 changed. */
async function change(store: CoordStore, table: Table, record: Partial<ShardRecord>): Promise<Table> {
  const epoch = (table.epoch + 1) as Epoch;
  const shards = table.shards.copy();
  shards.fill(SHARD, SHARD, { ...shards.at(SHARD), epoch, ...record });
  const next = { ...table, epoch, shards };
  await put(store, next);
  return next;
}

async function put(store: CoordStore, table: Table): Promise<void> {
  const [head] = (await store.read([HEAD_KEY])).entries;
  const { result } = await writeTable(store, table, head?.version ?? null);
  assert.equal(result.kind, 'committed');
}

async function gatewayOn(t: TestContext, settings: Partial<GuardSettings>) {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  const table = threeCitiesTable();
  await put(store, table);
  const faulty = new FaultyStore(realm.open());
  const gateway = await new GuardedGateway(faulty, settings).start(t);
  const record = async (): Promise<GuardRecord | null> => {
    const [entry] = (await store.read([OWN_KEY])).entries;
    return entry === undefined ? null : decodeGuard(OWN_KEY, entry.value);
  };
  return { store, faulty, gateway, table, record };
}

const codeOf = (client: RecordingDownstream): string | null => client.rejection?.code ?? null;

test('a guard without its store admits writes until the horizon, reads for ever, and goes on when the store is back', async (t) => {
  const { faulty, gateway } = await gatewayOn(t, { horizonMs: 1500, readMs: 100 });
  await eventually('the guard is open', () => gateway.guard.closedBy === null);
  faulty.down = 'STORE_UNAVAILABLE';
  const refused = await eventually('the horizon has passed', () => {
    const client = gateway.send('POST');
    return codeOf(client) !== null && client;
  });
  assert.equal(codeOf(refused), 'STORE_LOST');
  const sent = gateway.cells.exchanges.length;
  gateway.send('GET');
  assert.equal(gateway.cells.exchanges.length, sent + 1, 'a read goes on');
  faulty.down = null;
  await eventually('writes go on', () => {
    const before = gateway.cells.exchanges.length;
    gateway.send('POST');
    return gateway.cells.exchanges.length > before;
  });
});

test('a guard is closed while its own record cannot be written, although the store can be read', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  await put(store, threeCitiesTable());
  const faulty = new FaultyStore(realm.open());
  faulty.faults.push(...Array.from({ length: 3 }, () => ({ key: OWN_KEY, lost: 'before' }) as const));
  const gateway = await new GuardedGateway(faulty, { horizonMs: 20_000, readMs: 20 }).start(t);
  assert.equal(gateway.guard.closedBy, 'the store was not read since the start');
  await eventually('the record is there, and read', () => gateway.guard.closedBy === null);
  assert.equal(faulty.faults.length, 0);
});

test('a guard whose record is taken away writes it again, and is renewed by it only', async (t) => {
  const { store, gateway, record } = await gatewayOn(t, { horizonMs: 20_000, readMs: 20 });
  await store.transact([], [{ key: OWN_KEY, value: null }]);
  const { horizon } = gateway.guard;
  await eventually('the record is back', record);
  await eventually('the horizon grows', () => gateway.guard.horizon > horizon);
});

test('a planned move: the write under way is acknowledged, then the drain; what came meanwhile reaches the new owner once', async (t) => {
  const { store, gateway, table, record } = await gatewayOn(t, { horizonMs: 60_000, readMs: 50 });
  await eventually('the guard is open', () => gateway.guard.closedBy === null);
  const first = gateway.send('POST');
  const upgrade = gateway.send('GET', '\nConnection: upgrade\nUpgrade: websocket');
  const [underWay, socket] = gateway.cells.exchanges;
  socket?.events.head(101, ['Connection', 'upgrade', 'Upgrade', 'websocket']);
  assert.equal(upgrade.answer?.status, 101);

  const owner = table.shards.owner[SHARD] as number;
  const operation = 'op-1';
  const frozen = await change(store, table, { ...NOBODY, state: 'FREEZING', previous: owner, operation });
  await eventually('the freeze is in force', () => gateway.guard.table?.epoch === 2);
  assert.deepEqual([upgrade.aborted, socket?.isCancelled], ['SHARD_MOVING', true], 'an upgrade ends at the freeze');
  const writes = Array.from({ length: 120 }, () => gateway.send('POST'));
  assert.deepEqual([gateway.holding.size, gateway.cells.exchanges.length], [120, 2]);
  assert.deepEqual((await record())?.drained, [], 'a write is in flight');
  underWay?.events.head(200, OK);
  underWay?.events.end([]);
  assert.equal(first.answer?.status, 200, 'acknowledged before the ack horizon');
  const drained = await eventually('the drain is on record', async () => {
    const known = (await record())?.drained ?? [];
    return known.length > 0 && known;
  });
  assert.deepEqual(drained, [{ operation, epoch: 2 }]);
  const read = gateway.send('GET');
  await eventually('the read is held too', () => gateway.holding.size === 121);

  const unit = table.topology.unitIndex.get('RZ05') as number;
  const primary = table.topology.dataCenterIndex.get('sz-a') as number;
  const since = 3 as Epoch;
  const granted = await change(store, frozen, { ...NOBODY, state: 'ACTIVE', owner: unit, primary, since, operation });
  await eventually('the grant is in force', () => gateway.guard.table?.epoch === 3);
  assert.equal(gateway.holding.size, 121, 'held until the release');
  await change(store, granted, { epoch: 3 as Epoch, operation: null });
  await eventually('all are released', () => gateway.elsewhere.exchanges.length === 121);
  assert.deepEqual([gateway.holding.size, gateway.cells.exchanges.length], [0, 2], 'none at the old owner');
  for (const { request, events } of gateway.elsewhere.exchanges) {
    assert.deepEqual([request.claim.unit, request.claim.epoch], ['RZ05', 3]);
    events.admitted();
    events.head(200, OK);
    events.end([]);
  }
  assert.ok([...writes, read].every(({ answer, finals }) => answer?.status === 200 && finals === 1));
  assert.ok(gateway.ends.filter(({ heldMs }) => heldMs > 0).length === 121);
  assert.equal(gateway.elsewhere.exchanges.length, 121, 'exactly once each');
});

test('the answer of a write that comes after the grant is no success: its outcome is unknown, and the cell’s request is ended', async (t) => {
  const { store, gateway, table } = await gatewayOn(t, { horizonMs: 60_000, readMs: 50 });
  await eventually('the guard is open', () => gateway.guard.closedBy === null);
  const client = gateway.send('POST');
  const unit = table.topology.unitIndex.get('RZ05') as number;
  const primary = table.topology.dataCenterIndex.get('sz-a') as number;
  await change(store, table, { ...NOBODY, state: 'ACTIVE', owner: unit, primary, since: 2 as Epoch });
  await eventually('the grant is in force', () => gateway.guard.table?.epoch === 2);
  gateway.cells.last.events.head(200, OK);
  assert.deepEqual(
    [codeOf(client), gateway.cells.last.isCancelled, gateway.guard.writesInFlight],
    [...['OUTCOME_UNKNOWN', true, 0]],
  );
  assert.equal(gateway.elsewhere.exchanges.length, 0, 'and it is never sent again');
});
