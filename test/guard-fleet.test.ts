import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { DRILL_DATA_CENTERS, DrillFleet, HORIZON_MS } from './support/drill-fleet.ts';
import { DRILL_RULES } from './support/drill-rules.ts';
import { EtcdServer } from './support/etcd-server.ts';
import { eventually } from './support/eventually.ts';
import { whoami } from './support/fleet-whoami.ts';
import { TcpRelay } from './support/tcp-relay.ts';

/** The time that the issue names: a guard that was stopped for it has no horizon left. */
const STOP_MS = 3 * HORIZON_MS;

interface WriteAnswer {
  readonly status: number;
  readonly body: { readonly cell?: string; readonly epoch?: number; readonly error?: { readonly code: string } };
}

let etcd: EtcdServer;
let drill: DrillFleet;
/** The ways to the store of the gateways of these data centers. */
const links = new Map<string, TcpRelay>();

beforeEach(async () => {
  for (const link of links.values()) link.mend();
  await drill?.fleet.serves(DRILL_DATA_CENTERS);
});
before(async () => {
  etcd = await EtcdServer.start();
  drill = await DrillFleet.start({ rules: DRILL_RULES, store: `etcd://${etcd.endpoint}` });
  for (const name of ['n-a', 'n-b']) {
    const link = await TcpRelay.start(etcd.ports.client);
    links.set(name, link);
    drill.fleet.reconfigure(`gateway-${name}-1`, (config) => ({
      ...config,
      store: { url: `etcd://${link.endpoint}` },
    }));
  }
  await drill.fleet.serves(DRILL_DATA_CENTERS);
});
after(async () => {
  await drill?.stop();
  for (const link of links.values()) await link.stop();
  await etcd?.stop();
});

test('an edge that hears nothing of a move is refused by the old owner, and its writes succeed at the new one', async () => {
  const { fleet, operator } = drill;
  const users = Array.from({ length: 10 }, (_, n) => `5000${n}40`);
  const old = await whoami(fleet.door('n-b'), '500040');
  assert.deepEqual([old.unit, old.dataCenter], ['RZ02', 's-a']);
  linkOf('n-b').mode = 'stall';
  const moved = await operator.run({ kind: 'move', shards: '40-44', to: 'RZ01' });
  assert.equal(moved.outcome?.kind, 'done', JSON.stringify(moved.outcome));
  assert.ok(((await fleet.status('n-b')).table?.epoch ?? 0) < (moved.grantEpoch ?? 0));
  const before = await refusedStreams();
  for (const { body } of await Promise.all(users.map((user) => taken('n-b', user, 'moved')))) {
    assert.deepEqual([body.cell, body.epoch], ['RZ01A', moved.grantEpoch], JSON.stringify(body));
  }
  assert.ok(((await fleet.status('n-b')).table?.epoch ?? 0) < (moved.grantEpoch ?? 0), 'all that without the store');
  const refused = (await refusedStreams()) - before;
  assert.ok(
    refused >= 1 && refused <= users.length,
    `${refused} refusals of ${users.length} writes that came together`,
  );
  await taken('n-b', '500040', 'later');
  assert.equal(await refusedStreams(), before + refused, 'what a guard said is remembered');
});

test('a guard that was stopped with a write in flight does not acknowledge it once its shard has left', async () => {
  const { fleet, operator } = drill;
  const user = '500007';
  await taken('s-a', user, 'before');
  fleet.signal('cells-n-a', 'SIGSTOP');
  const inFlight = write('n-a', user, 'in-flight');
  await eventually('the write is in flight', async () => (await fleet.status('n-a')).guard.writesInFlight === 1);
  fleet.signal('gateway-n-a-1', 'SIGSTOP');
  // The cell executes it and answers; the guard cannot read the answer.
  fleet.signal('cells-n-a', 'SIGCONT');
  const id = await operator.begin(
    { kind: 'move', shards: '00-09', to: 'RZ02', emergency: true },
    { acceptDataLoss: true, reason: 'its guard is silent' },
  );
  const moved = await operator.until(id, 'is released', ({ isReleased }) => isReleased);
  await passed(STOP_MS);
  fleet.signal('gateway-n-a-1', 'SIGCONT');
  const { status, body } = await inFlight;
  assert.deepEqual([status, body.error?.code], [504, 'OUTCOME_UNKNOWN'], JSON.stringify(body));
  assert.equal((await operator.ended(id)).outcome?.kind, 'done');
  // Under its id it is taken once, whichever copy had it.
  await taken('n-a', user, 'in-flight');
  const next = await taken('n-a', user, 'next');
  assert.deepEqual([next.body.cell, next.body.epoch], ['RZ02A', moved.grantEpoch]);
  assert.deepEqual(await balance('n-a', user), { balance: 3, entries: 3 });
});

test('a guard that was stopped admits nothing until it has read the store, and reads go on meanwhile', async () => {
  const { fleet } = drill;
  const user = '500017';
  await taken('s-a', user, 'kept');
  fleet.signal('gateway-n-a-1', 'SIGSTOP');
  await passed(STOP_MS);
  const link = linkOf('n-a');
  link.mode = 'stall';
  fleet.signal('gateway-n-a-1', 'SIGCONT');
  for (const door of ['n-a', 's-a']) {
    const { status, body } = await write(door, user, `refused-${door}`);
    assert.deepEqual([status, body.error?.code], [503, 'STORE_LOST'], JSON.stringify(body));
    assert.deepEqual(await balance(door, user), { balance: 1, entries: 1 });
  }
  const { isOpen, closedBy } = (await fleet.status('n-a')).guard;
  assert.equal(isOpen, false, closedBy ?? '');
  link.mend();
  await taken('n-a', user, 'after');
  assert.deepEqual(await balance('s-a', user), { balance: 2, entries: 2 });
});

test('a guard whose way to the store is cut acknowledges no write that is in flight when its horizon passes', async () => {
  const { fleet } = drill;
  const user = '500027';
  await taken('s-a', user, 'kept');
  fleet.signal('cells-n-a', 'SIGSTOP');
  const inFlight = write('n-a', user, 'in-flight');
  await eventually('the write is in flight', async () => (await fleet.status('n-a')).guard.writesInFlight === 1);
  linkOf('n-a').cut();
  await eventually('its horizon has passed', async () => !(await fleet.status('n-a')).guard.isOpen);
  fleet.signal('cells-n-a', 'SIGCONT');
  const { status, body } = await inFlight;
  assert.deepEqual([status, body.error?.code], [504, 'OUTCOME_UNKNOWN'], JSON.stringify(body));
  const refused = await write('n-a', user, 'refused');
  assert.deepEqual([refused.status, refused.body.error?.code], [503, 'STORE_LOST']);
  linkOf('n-a').mend();
  await taken('n-a', user, 'in-flight');
  assert.deepEqual(await balance('n-a', user), { balance: 2, entries: 2 });
});

function linkOf(dataCenter: string): TcpRelay {
  const link = links.get(dataCenter);
  if (link === undefined) throw new Error(`no link of ${dataCenter}`);
  return link;
}

/** The claim is about what has happened after this long. */
function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function write(dataCenter: string, userId: string, id: string): Promise<WriteAnswer> {
  const response = await fetch(`${drill.fleet.door(dataCenter)}/ledger/entries`, {
    method: 'POST',
    headers: { 'x-user-id': userId, 'content-type': 'application/json' },
    body: JSON.stringify({ id, amount: 1 }),
    signal: AbortSignal.timeout(60_000),
  });
  return { status: response.status, body: (await response.json()) as WriteAnswer['body'] };
}

/** Writes it again and again under its id until it is taken: with a horizon of 0.3 s a busy machine refuses now and then. */
function taken(dataCenter: string, userId: string, id: string): Promise<WriteAnswer> {
  return eventually(`${id} is taken`, async () => {
    const answer = await write(dataCenter, userId, id);
    return (answer.status === 200 || answer.status === 201) && answer;
  });
}

async function balance(dataCenter: string, userId: string): Promise<{ balance: number; entries: number }> {
  const headers = { 'x-user-id': userId };
  const signal = AbortSignal.timeout(20_000);
  const response = await fetch(`${drill.fleet.door(dataCenter)}/ledger/balance`, { headers, signal });
  const { balance: sum, entries } = (await response.json()) as { balance: number; entries: number };
  return { balance: sum, entries };
}

/** Requests of the gateway of n-b that guards of other data centers have refused. */
async function refusedStreams(): Promise<number> {
  const text = await (await fetch(`${drill.fleet.admin('n-b')}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('ldc_gateway_interlink_streams_total'));
  const refused = lines.filter((line) => line.includes('outcome="refused"'));
  return refused.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
