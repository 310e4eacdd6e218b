import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CallResult, Network } from './network.ts';
import { World } from './world.ts';

const CITIES = { cityOf: (dataCenter: string) => dataCenter.slice(0, 2) };

function scene() {
  const world = new World({ seed: 5 });
  const network = new Network(world, CITIES, 4);
  const [left, right, far] = [
    world.addProcess('left', 'gateway', 'hz-a'),
    world.addProcess('right', 'gateway', 'hz-b'),
    world.addProcess('far', 'gateway', 'sh-a'),
  ] as const;
  return { world, network, left, right, far };
}

test('messages take longer to another city, and overtake one another now and then', async () => {
  const { world, network, left, right, far } = scene();
  const arrived: number[] = [];
  let near = 0;
  for (let number = 0; number < 200; number += 1) {
    world.schedule(number, () => void network.send(left, far, () => arrived.push(number)));
    world.schedule(number, () => {
      const sent = world.now;
      network.send(left, right, () => {
        near = Math.max(near, world.now - sent);
      });
    });
  }
  await world.runUntil(5_000);
  assert.equal(arrived.length, 200);
  assert.notDeepEqual(
    arrived,
    [...arrived].sort((a, b) => a - b),
    'no message was overtaken',
  );
  assert.ok(near < 30, `${near} ms within a city`);
});

test('a cut works in its direction only, also on what is under way, until it is mended', async () => {
  const { world, network, left, far } = scene();
  const heard: string[] = [];
  network.send(left, far, () => heard.push('was under way'));
  const mend = network.cut([left], [far]);
  assert.equal(network.isOpen(left, far), false);
  assert.equal(network.isOpen(far, left), true);
  assert.equal(network.isConnected(left, far), false);
  assert.equal(
    network.send(left, far, () => heard.push('there')),
    false,
  );
  network.send(far, left, () => heard.push('back'));
  await world.runUntil(1_000);
  assert.deepEqual(heard, ['back']);
  mend();
  mend();
  network.send(left, far, () => heard.push('after'));
  await world.runUntil(2_000);
  assert.deepEqual(heard, ['back', 'after']);
});

test('two cuts of one link are two: it is open when both are mended', () => {
  const { network, left, far } = scene();
  const [first, second] = [network.cut([left], [far]), network.cut([left], [far])];
  first();
  assert.equal(network.isOpen(left, far), false);
  second();
  assert.equal(network.isOpen(left, far), true);
});

test('a slow link delays, a lossy one loses about its share', async () => {
  const { world, network, left, right } = scene();
  const mendSlow = network.slow([left], [right], 500, 0);
  let took = 0;
  network.send(left, right, () => {
    took = world.now;
  });
  await world.runUntil(2_000);
  assert.ok(took >= 250, `took ${took}`);
  mendSlow();
  const mend = network.slow([left], [right], 0, 0.3);
  let arrived = 0;
  for (let number = 0; number < 1_000; number += 1)
    network.send(left, right, () => {
      arrived += 1;
    });
  await world.runUntil(4_000);
  assert.ok(arrived > 600 && arrived < 800, `${arrived} of 1000 arrived`);
  mend();
});

test('a call ends by its answer, by a refused connection, or by its limit', async () => {
  const { world, network, left, right } = scene();
  const ends: CallResult<string>[] = [];
  const call = (answers: boolean): void =>
    void network.call<string>(left, right, 1_000, (answer) => answers && answer('yes')).then((end) => ends.push(end));
  call(true);
  await world.runUntil(100);
  assert.deepEqual(ends.pop(), { kind: 'answer', value: 'yes' });
  call(false);
  await world.runUntil(2_000);
  assert.deepEqual(ends.pop(), { kind: 'failed', wasSent: true, reason: 'no answer within 1000 ms' });
  right.kill();
  call(true);
  await world.runUntil(2_100);
  assert.deepEqual(ends.pop(), { kind: 'failed', wasSent: false, reason: 'connection refused' });
  // From behind a cut a dead process looks like a silent one.
  network.cut([right], [left]);
  call(true);
  await world.runUntil(4_000);
  assert.deepEqual(ends.pop(), { kind: 'failed', wasSent: true, reason: 'no answer within 1000 ms' });
});

test('a call that comes twice is answered once', async () => {
  const { world, network, left, right } = scene();
  let came = 0;
  let answered = 0;
  const handle = (answer: (value: number) => void): void => {
    came += 1;
    answer(came);
  };
  void network.call<number>(left, right, 1_000, handle, true).then(() => {
    answered += 1;
  });
  await world.runUntil(10_000);
  assert.deepEqual([came, answered], [2, 1]);
});

test('a later life of a process hears nothing of a connection to an earlier one', async () => {
  const { world, network, left, far } = scene();
  const { life } = far;
  far.kill();
  far.revive();
  let heard = 0;
  network.send(
    left,
    far,
    () => {
      heard += 1;
    },
    life,
  );
  network.send(left, far, () => {
    heard += 1;
  });
  await world.runUntil(1_000);
  assert.equal(heard, 1);
});
