import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventStreamParser, type ServerSentEvent } from './event-stream.ts';

function parse(...pieces: readonly string[]): ServerSentEvent[] {
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece) ?? []);
}

test('takes names and data, passes over comments and other fields', () => {
  const text = ': hello\n\nevent: operation\nid: 7\ndata: {"a":1}\n\nretry: 5\ndata:x\ndata:  y\n\n';
  assert.deepEqual(parse(text), [
    { name: 'operation', data: '{"a":1}' },
    { name: 'message', data: 'x\n y' },
  ]);
});

test('an event without its empty line is none, and one without data is none', () => {
  assert.deepEqual(parse('event: end\n\ndata: half\n'), []);
});

test('a name does not stay for the next event', () => {
  assert.deepEqual(parse('event: end\ndata: 1\n\ndata: 2\n\n'), [
    { name: 'end', data: '1' },
    { name: 'message', data: '2' },
  ]);
});

test('however the stream is cut and its lines end, the events are the same', () => {
  const line = fc.constantFrom('event: a', 'data: 1', 'data: two words', ': note', '', 'data', 'strange: x', 'data:');
  const ending = fc.constantFrom('\n', '\r', '\r\n');
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      ending,
      fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
      (lines, end, cuts) => {
        const text = lines.map((each) => each + end).join('');
        const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((to, index) => text.slice(at[index], to));
        const plain = lines.map((each) => `${each}\n`).join('');
        assert.deepEqual(parse(...pieces), parse(plain));
      },
    ),
    { numRuns: 500 },
  );
});

test('an event that never ends is not kept for ever', () => {
  const parser = new EventStreamParser();
  const piece = 'x'.repeat(1024 * 1024);
  let pushed = 0;
  while (parser.push(pushed === 0 ? `data: ${piece}` : piece) !== null && pushed < 20) pushed += 1;
  assert.ok(pushed >= 4 && pushed < 20, String(pushed));
  const lines = new EventStreamParser();
  let count = 0;
  while (lines.push(`data: ${piece}\n`) !== null && count < 20) count += 1;
  assert.ok(count >= 4 && count < 20, String(count));
});
