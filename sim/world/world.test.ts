import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainMicrotasks } from './drain-microtasks.ts';
import { World } from './world.ts';

test('time moves only by events, and every promise that can go on does before the next one', async () => {
  const world = new World({ seed: 1 });
  const seen: string[] = [];
  const say = (text: string): void => void seen.push(`${world.now} ${text}`);
  world.schedule(20, () => say('second'));
  world.schedule(10, () => {
    say('first');
    void Promise.resolve()
      .then(() => undefined)
      .then(() => say('its promises'));
    process.nextTick(() => say('its tick'));
  });
  world.schedule(10, () => say('of the same instant'));
  await world.runUntil(15);
  assert.equal(world.now, 15);
  assert.deepEqual(seen, ['10 first', '10 its tick', '10 its promises', '10 of the same instant']);
  await world.runUntil(30);
  assert.equal(seen.at(-1), '20 second');
});

test('Node’s own end of a turn and a turn of the loop give the same order', async () => {
  const orderBy = async (how: 'tick' | 'loop'): Promise<number[]> => {
    const seen: number[] = [];
    let left = 50;
    await drainMicrotasks((drain) => {
      left -= 1;
      const step = left;
      seen.push(step);
      void Promise.resolve().then(async () => {
        await null;
        seen.push(1_000 + step);
      });
      process.nextTick(() => seen.push(2_000 + step));
      drain();
      return left > 0;
    }, how);
    return seen;
  };
  assert.deepEqual(await orderBy('tick'), await orderBy('loop'));
});

test('looking at the machine inside a world throws, and is allowed again after it', async () => {
  const real = { now: Date.now, random: Math.random, timer: setTimeout, date: Date };
  const uses: Readonly<Record<string, () => unknown>> = {
    'Date.now': () => Date.now(),
    'new Date()': () => new Date(),
    'Math.random': () => Math.random(),
    setTimeout: () => setTimeout(() => undefined, 1),
    setInterval: () => clearInterval(setInterval(() => undefined, 1)),
    setImmediate: () => setImmediate(() => undefined),
    'performance.now': () => performance.now(),
    'process.hrtime': () => process.hrtime(),
    'crypto.randomUUID': () => crypto.randomUUID(),
  };
  for (const [name, use] of Object.entries(uses)) {
    const world = new World({ seed: 1 });
    world.schedule(1, () => void use());
    await assert.rejects(world.runUntil(10), { message: new RegExp(`^${name.replace(/[().]/g, '\\$&')} was used`) });
    use();
  }
  const world = new World({ seed: 1 });
  world.schedule(1, () => assert.equal(new Date(0).getTime(), 0));
  await world.runUntil(2);
  assert.deepEqual({ now: Date.now, random: Math.random, timer: setTimeout, date: Date }, real);
});

test('an event that was called off does not come', async () => {
  const world = new World({ seed: 1 });
  let came = 0;
  const event = world.schedule(5, () => {
    came += 1;
  });
  event.run = null;
  await world.runUntil(10);
  assert.equal(came, 0);
});

test('the first violation ends the run at its instant', async () => {
  const world = new World({ seed: 1 });
  world.schedule(5, () => world.violate('one-owner', 'a sentence', 'a detail', 7));
  world.schedule(6, () => assert.fail('time went on'));
  await world.runUntil(10);
  assert.equal(world.now, 5);
  assert.deepEqual(world.violations, [
    { checker: 'one-owner', sentence: 'a sentence', detail: 'a detail', shard: 7, atMs: 5 },
  ]);
});

test('what calls itself without end is found out', async () => {
  const world = new World({ seed: 9 });
  const again = (): void => void world.schedule(0, again);
  again();
  await assert.rejects(world.runUntil(10), /something spins \(seed 9\)/);
});

test('the hash covers what is noted and which events came when', async () => {
  const hashOf = async (text: string, at: number): Promise<string> => {
    const world = new World({ seed: 1 });
    world.schedule(at, () => world.note(3, 'somebody', text));
    await world.runUntil(100);
    return world.trace.hash;
  };
  const hash = await hashOf('does this', 10);
  assert.equal(await hashOf('does this', 10), hash);
  assert.notEqual(await hashOf('does that', 10), hash);
  assert.notEqual(await hashOf('does this', 11), hash);
});
