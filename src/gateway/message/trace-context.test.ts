import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Random } from '../../core/clock.ts';
import { bitOf, headerKind } from './header-kind.ts';
import { isTraceparent, traceContext } from './trace-context.ts';

const counting = (): Random => {
  let n = 0xabcdef00;
  return { next: () => n++ };
};
const zeros: Random = { next: () => 0 };
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const VALID = `00-${trace}-00f067aa0ba902b7-01`;

const CASES: readonly (readonly [claim: string, value: string, valid: boolean])[] = [
  ['version 00', VALID, true],
  ['not sampled', VALID.replace(/01$/, '00'), true],
  ['a higher version', VALID.replace(/^00/, 'cc'), true],
  ['a higher version with more fields', `${VALID.replace(/^00/, '01')}-what`, true],
  ['a higher version with more text', `${VALID.replace(/^00/, '01')}what`, false],
  ['version 00 with more fields', `${VALID}-what`, false],
  ['version ff', VALID.replace(/^00/, 'ff'), false],
  ['upper case', VALID.toUpperCase(), false],
  ['a trace ID of zeros', VALID.replace(trace, '0'.repeat(32)), false],
  ['a parent ID of zeros', VALID.replace('00f067aa0ba902b7', '0'.repeat(16)), false],
  ['a short trace ID', VALID.replace(trace, trace.slice(1)), false],
  ['underscores', VALID.replaceAll('-', '_'), false],
  ['no hexadecimal version', VALID.replace(/^00/, '0x'), false],
  ['nothing', '', false],
];

const head = (...headers: string[]) => {
  const names = headers.filter((_, index) => index % 2 === 0);
  return { headers, seen: names.reduce((bits, name) => bits | bitOf(headerKind(name)), 0) };
};

describe('traceparent', () => {
  for (const [claim, value, valid] of CASES)
    test(`${claim} is ${valid ? '' : 'in'}valid`, () => assert.equal(isTraceparent(value), valid));
});

test('a valid trace is passed on untouched, with its state', () => {
  const context = traceContext(
    head('A', '1', 'TraceParent', VALID, 'tracestate', 'a=1', 'TraceState', 'b=2'),
    zeros,
    true,
  );
  assert.deepEqual(context, {
    traceId: trace,
    headers: ['traceparent', VALID, 'tracestate', 'a=1', 'tracestate', 'b=2'],
  });
});

test('without a valid traceparent a trace begins, and tracestate is dropped', () => {
  const begun = ['traceparent', '00-abcdef00abcdef01abcdef02abcdef03-abcdef04abcdef05-00'];
  const repeated = ['traceparent', VALID, 'traceparent', VALID];
  for (const received of [[], ['traceparent', 'x'], ['tracestate', 'a=1'], repeated]) {
    assert.deepEqual(traceContext(head(...received), counting(), false).headers, begun, received.join());
  }
});

test('a trace that begins here is valid whatever chance gives, and sampled if told so', () => {
  for (const random of [zeros, counting(), { next: () => 0xffffffff }]) {
    const [, parent = ''] = traceContext(head(), random, true).headers;
    assert.ok(isTraceparent(parent) && parent.endsWith('-01'), parent);
  }
});
