import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../world/world.ts';
import { ConnectionWatch } from './connection-watch.ts';

function scene() {
  const world = new World({ seed: 3 });
  const process = world.addProcess('gateway', 'gateway', 'hz-a');
  return { world, process, connections: new ConnectionWatch(process) };
}

test('what stays open is looked at again and again, at once with all others, and never after it ended', async () => {
  const { world, connections } = scene();
  const looks: [string, number][] = [];
  let isOpen = true;
  connections.add(() => {
    looks.push(['first', world.now]);
    return isOpen;
  });
  world.schedule(100, () =>
    connections.add(() => {
      looks.push(['second', world.now]);
      return false;
    }),
  );
  await world.runUntil(1_000);
  const firsts = looks.filter(([who]) => who === 'first');
  assert.deepEqual(
    looks.filter(([who]) => who === 'second'),
    [['second', firsts[0]?.[1]]],
  );
  assert.equal(firsts.length, 2);
  assert.ok((firsts[0]?.[1] ?? 0) >= 500, 'looked at before it had the time of a usual exchange');
  isOpen = false;
  await world.runUntil(1_300);
  const { length } = looks;
  const { turns } = world;
  await world.runUntil(10_000);
  assert.deepEqual([looks.length, world.turns], [length, turns], 'a watch of nothing goes on');
});

test('one that is added by a look is looked at later; a process that stands still looks when it goes on', async () => {
  const { world, process, connections } = scene();
  const looks: number[] = [];
  connections.add(() => {
    connections.add(() => looks.push(world.now) === 0);
    return false;
  });
  world.schedule(700, () => process.pause(false));
  world.schedule(5_000, () => process.resume());
  await world.runUntil(10_000);
  assert.equal(looks.length, 1);
  assert.ok((looks[0] ?? 0) >= 5_000);
});
