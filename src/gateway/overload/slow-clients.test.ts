import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { promotedBytes } from '../../../test/support/promoted-bytes.ts';
import { NOWHERE } from '../wire/placed-list.ts';
import { type ClientPace, type ClientTurn, SlowClients } from './slow-clients.ts';

class Client implements ClientPace {
  listedAt = NOWHERE;
  turn: ClientTurn | null;
  cutAfter: number | null = null;

  constructor(turn: ClientTurn | null) {
    this.turn = turn;
  }

  cut(_turn: ClientTurn, waitedMs: number): void {
    this.cutAfter = waitedMs;
    this.turn = null;
  }
}

function setUp() {
  const clock = new HandClock();
  const slow = new SlowClients(clock, { sendMs: 800, takeMs: 5_000, progressBytes: 512 });
  const isPressed = { now: true };
  const watch = (turn: ClientTurn | null): Client => {
    const client = new Client(turn);
    slow.watch(client);
    return client;
  };
  return { clock, slow, watch, isPressed, press: () => slow.press(() => isPressed.now) };
}

const sends = (bytes: number): ClientTurn => ({ kind: 'sends', bytes });
const takes = (bytes: number): ClientTurn => ({ kind: 'takes', bytes });

test('while nobody waits a slow client keeps its place for ever', async () => {
  const { clock, watch } = setUp();
  const client = watch(sends(1));
  await clock.advance(3_600_000);
  assert.equal(client.cutAfter, null);
  assert.equal(clock.timers, 0);
});

test('while somebody waits, who does not get on is cut: sending soon, taking later, whose cell is slow never', async () => {
  const { clock, watch, press } = setUp();
  const [sender, taker, other] = [watch(sends(1)), watch(takes(9)), watch(null)];
  press();
  await clock.advance(799);
  assert.equal(sender.cutAfter, null);
  await clock.advance(1);
  assert.equal(sender.cutAfter, 800);
  await clock.advance(4_199);
  assert.equal(taker.cutAfter, null);
  await clock.advance(1);
  assert.deepEqual([taker.cutAfter, other.cutAfter], [5_000, null]);
});

test('who gets on is left alone, a byte now and then is no progress', async () => {
  const { clock, watch, press } = setUp();
  const [steady, dripping] = [watch(sends(0)), watch(sends(0))];
  press();
  for (let look = 1; look <= 20; look++) {
    steady.turn = sends(look * 200);
    if (dripping.turn !== null) dripping.turn = sends(look);
    await clock.advance(200);
  }
  assert.deepEqual([steady.cutAfter, dripping.cutAfter], [null, 800]);
});

test('time when it was the cell’s turn, or when nobody waited, does not count', async () => {
  const { clock, watch, press, isPressed } = setUp();
  const client = watch(sends(1));
  press();
  await clock.advance(700);
  client.turn = null;
  await clock.advance(200);
  client.turn = sends(1);
  await clock.advance(700);
  assert.equal(client.cutAfter, null);
  isPressed.now = false;
  await clock.advance(200);
  assert.equal(clock.timers, 0);
  await clock.advance(10_000);
  isPressed.now = true;
  press();
  await clock.advance(700);
  assert.equal(client.cutAfter, null);
  await clock.advance(100);
  assert.equal(client.cutAfter, 800);
});

test('who gave the place back is not looked at any more', async () => {
  const { clock, slow, watch, press } = setUp();
  const client = watch(sends(1));
  press();
  slow.forget(client);
  slow.close();
  assert.equal(clock.timers, 0);
  await clock.advance(10_000);
  assert.equal(client.cutAfter, null);
});

test('who gave its place back is kept by nobody, even after a full collection', () => {
  // The bug's story: every POST was in a Set while its body came. When V8 gave the Set a new table, the used-up one went on to point to it
  // and to who was in it: 5 KB a request were copied by small collections, a third of a POST's processor time.
  const slow = new SlowClients(new HandClock(), { sendMs: 800, takeMs: 5_000, progressBytes: 512 });
  const kept = promotedBytes<Client>({
    make: () => new Client(null),
    come: (client) => slow.watch(client),
    go: (client) => slow.forget(client),
  });
  assert.ok(kept < 500_000, `${kept} bytes`);
});
