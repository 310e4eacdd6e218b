import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../world/world.ts';
import { SimDisk } from './sim-disk.ts';

function scene(seed: number) {
  const world = new World({ seed });
  const process = world.addProcess('gateway-1', 'gateway', 'hz-a');
  return { world, process, disk: new SimDisk(process, world.random.named('disks')) };
}

test('a process that dies before the flush loses what it wrote; what was flushed stays', async () => {
  const { world, process, disk } = scene(1);
  void disk.save('first');
  await world.runUntil(100);
  void disk.save('second');
  process.kill();
  process.revive();
  await world.runUntil(1_000);
  assert.equal(await disk.load(), 'first');
});

test('a power cut brings the text, the one before it, or a torn one', async () => {
  const found = new Set<string>();
  for (let seed = 0; seed < 60; seed += 1) {
    const { world, disk } = scene(seed);
    void disk.save('the first text');
    await world.runUntil(100);
    void disk.save('the second text');
    await world.runUntil(200);
    disk.powerCut();
    const text = (await disk.load()) ?? '';
    const isTorn = text !== 'the second text' && 'the second text'.startsWith(text);
    found.add(isTorn ? 'torn' : text);
  }
  assert.deepEqual([...found].sort(), ['the first text', 'the second text', 'torn']);
});
