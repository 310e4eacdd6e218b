import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FrameType, Side } from './frame.ts';
import { FRAME, FRAME_HEADER_BYTES, FRAME_RULES, newFrame } from './frame.ts';
import { FrameReader } from './frame-reader.ts';

interface Seen {
  readonly type: FrameType;
  readonly stream: number;
  readonly payload: string;
}

function reading(from: Side): { reader: FrameReader; seen: Seen[] } {
  const seen: Seen[] = [];
  const reader = new FrameReader(from, (type, stream, payload) => {
    seen.push({ type, stream, payload: payload.toString('latin1') });
    return null;
  });
  return { reader, seen };
}

const anyFrame = fc
  .record({
    type: fc.constantFrom(...Object.values(FRAME).filter((type) => FRAME_RULES[type]?.from !== 'guard')),
    stream: fc.integer({ min: 1, max: 0xffff_ffff }),
    extra: fc.integer({ min: 0, max: 300 }),
    fill: fc.integer({ min: 0, max: 255 }),
  })
  .map(({ type, stream, extra, fill }) => {
    const rule = FRAME_RULES[type];
    const bytes = Math.min((rule?.minBytes ?? 0) + extra, rule?.maxBytes ?? 0);
    return newFrame(type, rule?.onStream ? stream : 0, bytes).fill(fill, FRAME_HEADER_BYTES);
  });

test('every way to cut the bytes gives the same frames', () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 400 })),
      (frames, cuts) => {
        const bytes = Buffer.concat(frames);
        const whole = reading('edge');
        assert.equal(whole.reader.push(bytes), null);
        assert.equal(whole.seen.length, frames.length);
        const cut = reading('edge');
        for (let at = 0; at < bytes.length; ) {
          const { value: size } = cuts.next();
          assert.equal(cut.reader.push(bytes.subarray(at, at + size)), null);
          at += size;
        }
        assert.deepEqual(cut.seen, whole.seen);
      },
    ),
  );
});

test('each single position of a cut gives the same frames', () => {
  const bytes = Buffer.concat([
    newFrame(FRAME.PING, 0, 8).fill(1, 10),
    newFrame(FRAME.DATA, 7, 33).fill(2, 10),
    newFrame(FRAME.CANCEL, 9, 1),
  ]);
  const whole = reading('edge');
  whole.reader.push(bytes);
  for (let at = 0; at <= bytes.length; at += 1) {
    const { reader, seen } = reading('edge');
    reader.push(bytes.subarray(0, at));
    reader.push(bytes.subarray(at));
    assert.deepEqual(seen, whole.seen);
  }
});

test('garbage never throws and never becomes a frame that the rules forbid', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (pieces) => {
      const { reader, seen } = reading('guard');
      for (const piece of pieces) reader.push(Buffer.from(piece));
      for (const { type, stream, payload } of seen) {
        const rule = FRAME_RULES[type];
        assert.ok(rule && rule.from !== 'edge' && rule.onStream === stream > 0);
        assert.ok(payload.length >= rule.minBytes && payload.length <= rule.maxBytes);
      }
    }),
    { numRuns: 500 },
  );
});

test('a header is refused before its payload is waited for, with what was seen and what is allowed', () => {
  const cases: [string, (frame: Buffer) => void, RegExp][] = [
    ['length', (frame) => frame.writeUInt32BE(65_537, 0), /DATA: payload of 65537 bytes, at most 65536/],
    ['huge length', (frame) => frame.writeUInt32BE(0xffff_ffff, 0), /DATA: payload of 4294967295 bytes/],
    ['empty', (frame) => frame.writeUInt32BE(0, 0), /DATA: payload of 0 bytes, at least 1/],
    ['type 0', (frame) => frame.writeUInt8(0, 4), /unknown frame type 0/],
    ['type 16', (frame) => frame.writeUInt8(16, 4), /unknown frame type 16/],
    ['flags', (frame) => frame.writeUInt8(1, 5), /DATA: flags 1/],
    ['stream 0', (frame) => frame.writeUInt32BE(0, 6), /DATA: stream 0, must not be 0/],
    ['wrong side', (frame) => frame.writeUInt8(FRAME.RESPONSE, 4), /RESPONSE: never sent by the edge/],
  ];
  for (const [name, spoil, message] of cases) {
    const frame = newFrame(FRAME.DATA, 1, 16);
    spoil(frame);
    const { reader, seen } = reading('edge');
    const wrong = reader.push(frame.subarray(0, FRAME_HEADER_BYTES));
    assert.equal(wrong?.code, 'PROTOCOL', name);
    assert.match(wrong?.detail ?? '', message);
    assert.equal(reader.push(newFrame(FRAME.PING, 0, 8)), wrong, 'a reader that stopped stays so');
    assert.deepEqual(seen, []);
  }
});
