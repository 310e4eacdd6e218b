import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream, RandomStreams } from './random-stream.ts';

const draw = (stream: RandomStream, count: number): number[] => Array.from({ length: count }, () => stream.next());

test('what a stream draws depends on the seed and its name only', () => {
  assert.deepEqual(draw(new RandomStream(7, 'network'), 20), draw(new RandomStream(7, 'network'), 20));
  assert.notDeepEqual(draw(new RandomStream(7, 'network'), 20), draw(new RandomStream(8, 'network'), 20));
  assert.notDeepEqual(draw(new RandomStream(7, 'network'), 20), draw(new RandomStream(7, 'store'), 20));
});

test('a stream that is new, or drawn from more often, shifts no other', () => {
  const alone = draw(new RandomStreams(3).named('network'), 50);
  const streams = new RandomStreams(3);
  const network: number[] = [];
  for (let step = 0; step < 50; step += 1) {
    draw(streams.named('a new fault'), step % 3);
    network.push(streams.named('network').next());
  }
  assert.deepEqual(network, alone);
});

test('the first numbers of a stream are these on every machine', () => {
  assert.deepEqual(draw(new RandomStream(1, 'network'), 3), [104_058_030, 3_002_642_541, 3_857_812_719]);
});

test('seeds above 2³² are told apart', () => {
  assert.notDeepEqual(draw(new RandomStream(5, 'x'), 5), draw(new RandomStream(5 + 2 ** 32, 'x'), 5));
});

test('numbers stay within their bounds and reach all of them', () => {
  const stream = new RandomStream(11, 'bounds');
  const seen = new Set<number>();
  for (let step = 0; step < 2_000; step += 1) {
    seen.add(stream.below(6));
    const between = stream.between(-3, 4);
    assert.ok(between >= -3 && between < 4);
    assert.ok(stream.exponential(10) >= 0);
  }
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5]);
  assert.throws(() => stream.pick([]), /nothing to pick/);
});
