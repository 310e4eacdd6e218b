import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldBytes } from './inbound-body.ts';
import { InboundBody } from './inbound-body.ts';

const WINDOW = 16_384;

function receiving(limit = 1_000_000): { body: InboundBody; total: HeldBytes; granted: number[]; got: number[] } {
  const total: HeldBytes = { bytes: 0, limit };
  const granted: number[] = [];
  const got: number[] = [];
  const body = new InboundBody(WINDOW, total, {
    data: (chunk) => void got.push(chunk.length),
    end: () => void got.push(-1),
    grant: (bytes) => void granted.push(bytes),
  });
  return { body, total, granted, got };
}

test('half a window that was taken is given back at once, less is not', () => {
  const { body, granted } = receiving();
  body.receive(Buffer.alloc(WINDOW / 2 - 1));
  assert.deepEqual(granted, []);
  body.receive(Buffer.alloc(1));
  assert.deepEqual(granted, [WINDOW / 2 - 1 + 256], 'a frame of one byte costs 256');
  assert.equal(body.allowedBytes, WINDOW);
});

test('a consumer that pauses in the middle of a chunk gives nothing back until it resumes', () => {
  const total: HeldBytes = { bytes: 0, limit: 1_000_000 };
  const granted: number[] = [];
  const body: InboundBody = new InboundBody(WINDOW, total, {
    data: () => body.pause(),
    end: () => undefined,
    grant: (bytes) => void granted.push(bytes),
  });
  body.receive(Buffer.alloc(WINDOW - 1_000));
  assert.deepEqual(granted, []);
  body.resume();
  assert.deepEqual(granted, [WINDOW - 1_000]);
});

test('what is held is counted, and no longer once it was delivered or dropped', () => {
  const { body, total, got } = receiving();
  body.pause();
  body.receive(Buffer.alloc(3_000));
  body.receive(Buffer.alloc(2_000));
  assert.equal(total.bytes, 5_000);
  body.resume();
  assert.equal(total.bytes, 0);
  body.pause();
  body.receive(Buffer.alloc(4_000));
  body.close();
  assert.equal(total.bytes, 0);
  body.resume();
  assert.deepEqual(got, [3_000, 2_000], 'nothing is delivered after a close');
});

test('the end waits for what is held', () => {
  const { body, got } = receiving();
  body.pause();
  body.receive(Buffer.alloc(10));
  body.finish([]);
  assert.deepEqual(got, []);
  body.resume();
  assert.deepEqual(got, [10, -1]);
});

test('more than the window is an overrun, more than the connection may hold is full', () => {
  const { body } = receiving();
  body.pause();
  assert.equal(body.receive(Buffer.alloc(WINDOW)), 'taken');
  assert.equal(body.receive(Buffer.alloc(1)), 'overrun');
  const small = receiving(1_000);
  small.body.pause();
  assert.equal(small.body.receive(Buffer.alloc(1_001)), 'full');
});
