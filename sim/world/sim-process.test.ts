import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from './world.ts';

function scene(seed = 1) {
  const world = new World({ seed });
  const process = world.addProcess('gateway-1', 'gateway', 'hz-a');
  const heard: number[] = [];
  const tell = (): void => void heard.push(Math.round(world.now));
  return { world, process, heard, tell };
}

test('a process that dies loses its timers, also when it lives again', async () => {
  const { world, process, heard, tell } = scene();
  process.setTimer(10, tell);
  world.schedule(5, () => process.kill());
  world.schedule(6, () => {
    process.revive();
    process.after(100, tell);
  });
  await world.runUntil(1_000);
  assert.equal(process.life, 1);
  assert.deepEqual(heard, [106]);
});

test('events of a paused process wait for it and come in their order', async () => {
  const { world, process, heard, tell } = scene();
  const order: string[] = [];
  process.after(10, () => order.push('first'));
  process.after(20, () => order.push('second'));
  process.after(20, tell);
  process.pause(false);
  world.schedule(500, () => process.resume());
  await world.runUntil(1_000);
  assert.deepEqual(order, ['first', 'second']);
  assert.deepEqual(heard, [500]);
});

test('clocks run up to one per cent fast or slow, the same for a seed and a name', () => {
  const rates = Array.from({ length: 40 }, (_, index) => {
    const world = new World({ seed: index });
    const process = world.addProcess('gateway-1', 'gateway', 'hz-a');
    const before = process.monotonicMs();
    world.now = 100_000;
    return (process.monotonicMs() - before) / 100_000;
  });
  for (const rate of rates) assert.ok(rate >= 0.99 - 1e-9 && rate <= 1.01 + 1e-9, `rate ${rate}`);
  assert.ok(rates.some((rate) => rate < 0.991) && rates.some((rate) => rate > 1.009), 'no extreme clock in forty');
});

test('a timer comes when the process’s own clock says so', async () => {
  const { world, process } = scene(4);
  const begun = process.monotonicMs();
  let took = 0;
  process.setTimer(10_000, () => {
    took = process.monotonicMs() - begun;
  });
  await world.runUntil(20_000);
  assert.ok(Math.abs(took - 10_000) < 0.01, `it took ${took}`);
});

test('while its machine is suspended the monotonic clock stands and the wall clock goes on', async () => {
  const { world, process, heard, tell } = scene();
  const [monotonic, wall] = [process.monotonicMs(), process.wallMs()];
  process.setTimer(1_000, tell);
  process.pause(true);
  world.schedule(30_000, () => process.resume());
  await world.runUntil(30_000);
  assert.ok(process.monotonicMs() - monotonic < 1);
  assert.ok(process.wallMs() - wall > 29_000);
  await world.runUntil(60_000);
  // What was left of the timer is waited for.
  assert.ok((heard[0] ?? 0) >= 30_980, `it came at ${heard[0]}`);
});

test('a clock that somebody set jumps by that much, the monotonic one does not', () => {
  const { process } = scene();
  const [monotonic, wall] = [process.monotonicMs(), process.wallMs()];
  process.jumpWall(-45_000);
  assert.equal(process.wallMs(), wall - 45_000);
  assert.equal(process.monotonicMs(), monotonic);
});
