import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { upstreamRequest } from '../../../test/support/upstream-recorder.ts';
import type { CellId, Epoch, UnitId } from '../../core/ids.ts';
import type { ErrorCode } from '../../errors.ts';
import { ERRORS } from '../../errors.ts';
import type { HeaderList, UpstreamRequest } from '../upstream.ts';
import {
  decodeAnswerHead,
  decodeEnd,
  decodeFailure,
  decodeRefusal,
  encodeAnswerHead,
  encodeEnd,
  encodeFailure,
  encodeRefusal,
} from './answer-codec.ts';
import { decodeGoAway, decodeStatus, encodeGoAway, encodeStatus } from './control-codec.ts';
import { FRAME, FRAME_HEADER_BYTES, FRAME_RULES } from './frame.ts';
import { decodeHead, encodeHead } from './head-codec.ts';

const latin1 = (min: number, max: number, maxLength: number) =>
  fc
    .array(fc.integer({ min, max }), { maxLength })
    .map((codes) => String.fromCharCode(...codes.filter((code) => code !== 0x7f)));
const visible = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 0x21, max: 0x7e }), { minLength: 1, maxLength })
    .map((codes) => String.fromCharCode(...codes));
const token = fc
  .array(fc.constantFrom(...'!#$%&*+-.^_`|~09azAZ'), { minLength: 1, maxLength: 12 })
  .map((characters) => characters.join(''));
const headers: fc.Arbitrary<HeaderList> = fc
  .array(fc.tuple(token, latin1(0x20, 0xff, 40)), { maxLength: 30 })
  .map((fields) => fields.flat());
const limit = fc.integer({ min: 1, max: 0xffff_ffff });

const request: fc.Arbitrary<UpstreamRequest> = fc.record(
  {
    claim: fc.record(
      {
        shard: fc.integer({ min: 0, max: 65_536 }),
        epoch: fc.maxSafeNat(),
        unit: visible(20),
        cell: visible(20),
        safe: fc.boolean(),
      },
      { noNullPrototype: true },
    ) as unknown as fc.Arbitrary<UpstreamRequest['claim']>,
    method: token,
    target: visible(200),
    headers,
    body: fc.oneof(fc.constant('none' as const), fc.constant('chunked' as const), fc.maxSafeNat()),
    upgrade: fc.constant(null),
    requestId: visible(40),
    limits: fc.record({ connectMs: limit, responseHeadMs: limit, bodyIdleMs: limit }, { noNullPrototype: true }),
  },
  { noNullPrototype: true },
);

const payloadOf = (frame: unknown): Buffer => {
  assert.ok(Buffer.isBuffer(frame), `no frame: ${JSON.stringify(frame)}`);
  assert.equal(frame.readUInt32BE(0), frame.length - FRAME_HEADER_BYTES);
  return frame.subarray(FRAME_HEADER_BYTES);
};

test('a head comes back as it was sent', () => {
  const assertComesBack = (sent: UpstreamRequest): void =>
    assert.deepEqual(decodeHead(payloadOf(encodeHead(9, sent))), { ...sent, isChecked: true });
  fc.assert(fc.property(request, assertComesBack));
  assertComesBack(upstreamRequest({ upgrade: 'websocket' }));
});

test('answers, trailers, refusals and failures come back as they were sent', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 999 }), headers, (status, fields) => {
      const head = { status, headers: fields };
      assert.deepEqual(decodeAnswerHead(FRAME.RESPONSE, payloadOf(encodeAnswerHead(FRAME.RESPONSE, 1, head))), head);
      assert.deepEqual(decodeEnd(payloadOf(encodeEnd(1, fields))), fields);
    }),
  );
  const codes = Object.keys(ERRORS) as ErrorCode[];
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.maxSafeNat(),
      fc.option(visible(20)),
      latin1(0x20, 0x7e, 60),
      (code, epoch, owner, detail) => {
        const refusal = { code, epoch: epoch as Epoch, owner: owner as UnitId | null };
        assert.deepEqual(decodeRefusal(payloadOf(encodeRefusal(1, refusal))), refusal);
        const failure = { code, executed: epoch % 2 ? ('no' as const) : ('unknown' as const), detail };
        assert.deepEqual(decodeFailure(payloadOf(encodeFailure(1, failure))), failure);
      },
    ),
  );
});

test('garbage in a payload never throws: it is a reason, or a value that could have been sent', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 36, maxLength: 300 }), (bytes) => {
      const payload = Buffer.from(bytes);
      for (const decode of [decodeHead, decodeEnd, decodeRefusal, decodeFailure, decodeGoAway, decodeStatus])
        decode(payload);
      decodeAnswerHead(FRAME.RESPONSE, payload);
      decodeAnswerHead(FRAME.INFORMATIONAL, payload);
    }),
    { numRuns: 1000 },
  );
});

test('one changed byte of a head is refused or gives a head that could have been sent', () => {
  const sent = payloadOf(encodeHead(1, upstreamRequest({ headers: ['Host', 'a', 'X-User', '0042'], body: 12 })));
  fc.assert(
    fc.property(fc.nat(sent.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const changed = Buffer.from(sent);
      changed[at] = value;
      const got = decodeHead(changed);
      if (typeof got !== 'string') assert.deepEqual(payloadOf(encodeHead(1, got)), changed);
    }),
    { numRuns: 3000 },
  );
});

test('what could be read as another message never leaves', () => {
  const bad: [Partial<UpstreamRequest>, RegExp][] = [
    [{ headers: ['X-A', 'a\r\nX-B: b'] }, /control/],
    [{ headers: ['X-A', 'a\0'] }, /control/],
    [{ headers: ['X A', 'a'] }, /header field/],
    [{ headers: ['', 'a'] }, /header field/],
    [{ headers: ['X-A'] }, /header field/],
    [{ headers: ['X-A', 'ä\u20ac'] }, /latin1/],
    [{ method: 'GET /' }, /method/],
    [{ target: '/a b' }, /target/],
    [{ target: '' }, /target/],
    [{ requestId: '' }, /request ID/],
    [{ upgrade: 'websocket', body: 'chunked' }, /upgrade with a body/],
  ];
  for (const [part, message] of bad) {
    const problem = encodeHead(1, upstreamRequest(part));
    assert.ok(!Buffer.isBuffer(problem));
    assert.equal(problem.code, 'BAD_HEADER');
    assert.match(problem.detail, message);
  }
  const large = encodeHead(1, upstreamRequest({ headers: ['X-A', 'a'.repeat(32_768)] }));
  assert.ok(!Buffer.isBuffer(large) && large.code === 'HEAD_TOO_LARGE');
  assert.match(String(encodeAnswerHead(FRAME.RESPONSE, 1, { status: 100, headers: [] })), /status 100/);
  assert.match(String(encodeAnswerHead(FRAME.INFORMATIONAL, 1, { status: 101, headers: [] })), /status 101/);
  assert.match(String(encodeAnswerHead(FRAME.RESPONSE, 1, { status: 200, headers: ['A B', 'c'] })), /header field/);
});

test('trailers that cannot be sent are left out, and the body still ends', () => {
  assert.deepEqual(decodeEnd(payloadOf(encodeEnd(1, ['X', 'a\r\nb']))), []);
  assert.deepEqual(decodeEnd(payloadOf(encodeEnd(1, ['X', 'a'.repeat(40_000)]))), []);
});

test('a code that only a newer gateway knows becomes INTERNAL and keeps what matters', () => {
  const frame = encodeFailure(1, { code: 'FROM_THE_FUTURE' as ErrorCode, executed: 'no', detail: '’' });
  assert.deepEqual(decodeFailure(payloadOf(frame)), { code: 'INTERNAL', executed: 'no', detail: '?' });
});

test('GOAWAY and STATUS come back; a list that is too long is cut at its end', () => {
  assert.deepEqual(decodeGoAway(payloadOf(encodeGoAway('VERSION', 'no common'))), {
    code: 'VERSION',
    detail: 'no common',
  });
  assert.equal(decodeGoAway(payloadOf(encodeGoAway('PROTOCOL', 'x'.repeat(9999)))).detail.length, 500);
  assert.deepEqual(decodeStatus(payloadOf(encodeStatus(['RZ01A', 'RZ02B'] as CellId[]))), ['RZ01A', 'RZ02B']);
  const many = Array.from({ length: 20_000 }, (_, index) => `RZ${index}` as CellId);
  const payload = payloadOf(encodeStatus(many));
  const got = decodeStatus(payload) ?? [];
  assert.ok(payload.length <= (FRAME_RULES[FRAME.STATUS]?.maxBytes ?? 0));
  assert.ok(got.length > 5_000);
  assert.deepEqual(got, many.slice(0, got.length));
});
