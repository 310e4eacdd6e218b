import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ProxySource } from './proxy-header.ts';
import { createProxyParser, type ProxyProgress, readProxyHeader } from './proxy-protocol.ts';

const text = (line: string): Buffer => Buffer.from(line, 'latin1');
const SIGNATURE = '0d0a0d0a000d0a515549540a';
const v2 = (verCmd: string, family: string, body: string, length = body.length / 2): Buffer =>
  Buffer.from(`${SIGNATURE}${verCmd}${family}${length.toString(16).padStart(4, '0')}${body}`, 'hex');
const IPV4 = 'c0000201c00002021f9001bb';
const IPV6 = `20010db8${'0'.repeat(22)}01${'20010db8'}${'0'.repeat(22)}02a0f701bb`;

const GOOD: readonly (readonly [claim: string, bytes: Buffer, source: ProxySource | null])[] = [
  ['v1 TCP4', text('PROXY TCP4 192.0.2.1 192.0.2.2 8080 443\r\n'), { address: '192.0.2.1', port: 8080 }],
  ['v1 TCP6', text('PROXY TCP6 2001:DB8::1 2001:db8::2 41207 443\r\n'), { address: '2001:db8::1', port: 41207 }],
  ['v1 with port 0', text('PROXY TCP4 192.0.2.1 192.0.2.2 0 0\r\n'), { address: '192.0.2.1', port: 0 }],
  ['v1 UNKNOWN', text('PROXY UNKNOWN\r\n'), null],
  ['v1 UNKNOWN with more', text('PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n'), null],
  ['the longest v1 line', text(`PROXY UNKNOWN ${'f'.repeat(107 - 16)}\r\n`), null],
  ['v2 TCP4', v2('21', '11', IPV4), { address: '192.0.2.1', port: 8080 }],
  ['v2 TCP6', v2('21', '21', IPV6), { address: '2001:db8:0:0:0:0:0:1', port: 41207 }],
  ['v2 TCP4 with values behind', v2('21', '11', `${IPV4}0200026869040000`), { address: '192.0.2.1', port: 8080 }],
  ['v2 UNIX', v2('21', '31', '61'.repeat(216)), null],
  ['v2 UNSPEC', v2('21', '00', ''), null],
  ['v2 UNSPEC with anything behind', v2('21', '00', 'ffffffff'), null],
  ['v2 LOCAL', v2('20', '00', ''), null],
  ['v2 LOCAL with addresses, which are skipped', v2('20', '11', IPV4), null],
  ['v2 LOCAL of an unknown family', v2('20', 'ff', 'abcdef'), null],
  ['the longest v2 header', v2('21', '11', `${IPV4}0401f9${'00'.repeat(505)}`), { address: '192.0.2.1', port: 8080 }],
];

const BAD: readonly (readonly [claim: string, bytes: Buffer])[] = [
  ['HTTP without a header', text('GET / HTTP/1.1\r\n')],
  ['a POST, which starts with P', text('POST / HTTP/1.1\r\n')],
  ['PROXY in lower case', text('proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n')],
  ['TLS', Buffer.from('16030100', 'hex')],
  ['v1 with a bare LF', text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n')],
  ['v1 with a bare CR', text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\rX')],
  ['v1 with a NUL', text('PROXY TCP4 192.0.2.1\0 192.0.2.2 1 2\r\n')],
  ['v1 with two spaces', text('PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n')],
  ['v1 with a space at the end', text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n')],
  ['v1 with UDP4', text('PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n')],
  ['v1 with the other family', text('PROXY TCP4 ::1 ::2 1 2\r\n')],
  ['v1 TCP6 with IPv4', text('PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n')],
  ['v1 with octal parts', text('PROXY TCP4 010.0.0.1 192.0.2.2 1 2\r\n')],
  ['v1 with a part above 255', text('PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n')],
  ['v1 with port 65536', text('PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n')],
  ['v1 with a leading zero', text('PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n')],
  ['v1 without ports', text('PROXY TCP4 192.0.2.1 192.0.2.2\r\n')],
  ['v1 with nothing', text('PROXY \r\n')],
  ['v1 of 108 bytes', text(`PROXY UNKNOWN ${'f'.repeat(108 - 16)}\r\n`)],
  ['v1 without an end', text(`PROXY UNKNOWN ${'f'.repeat(200)}`)],
  ['v2 with another signature', Buffer.from('0d0a0d0a000d0a515549540b2111', 'hex')],
  ['v2 of version 1', v2('11', '11', IPV4)],
  ['v2 with an unknown command', v2('22', '11', IPV4)],
  ['v2 with datagrams', v2('21', '12', IPV4)],
  ['v2 of an unknown family', v2('21', '41', IPV4)],
  ['v2 shorter than its addresses', v2('21', '11', IPV4.slice(2))],
  ['v2 TCP6 with the length of TCP4', v2('21', '21', IPV4)],
  ['v2 with a value that is cut off', v2('21', '11', `${IPV4}0200056869`)],
  ['v2 with half the head of a value', v2('21', '11', `${IPV4}0200`)],
  ['v2 of more than 536 bytes, known at once', v2('21', '11', '', 521)],
];

const REST = text('GET / HTTP/1.1\r\n');

function feedAll(chunks: readonly Uint8Array[]): ProxyProgress {
  const parser = createProxyParser();
  let progress: ProxyProgress = { state: 'more' };
  const late: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (progress.state === 'more') progress = parser.feed(chunk);
    else late.push(chunk);
  }
  return progress.state === 'done' ? { ...progress, rest: Buffer.concat([progress.rest, ...late]) } : progress;
}

describe('the PROXY protocol', () => {
  for (const [claim, bytes, source] of GOOD) {
    test(`${claim} is read, whole and split at every position`, () => {
      const whole = Buffer.concat([bytes, REST]);
      const wanted = { state: 'done', source, rest: REST };
      assert.deepEqual(feedAll([whole]), wanted);
      for (let at = 0; at <= whole.length; at++) {
        assert.deepEqual(feedAll([whole.subarray(0, at), whole.subarray(at)]), wanted, `split at ${at}`);
      }
      assert.deepEqual(feedAll([...whole].map((byte) => Uint8Array.of(byte))), wanted, 'byte by byte');
      for (let at = 0; at < bytes.length; at++)
        assert.equal(readProxyHeader(bytes.subarray(0, at)).state, 'more', `after ${at}`);
    });
  }
  for (const [claim, bytes] of BAD) {
    test(`${claim} is refused, whole and split at every position`, () => {
      const verdict = feedAll([bytes]);
      assert.equal(verdict.state, 'bad');
      for (let at = 0; at <= bytes.length; at++) {
        assert.equal(feedAll([bytes.subarray(0, at), bytes.subarray(at)]).state, 'bad', `split at ${at}`);
      }
    });
  }
});

test('a verdict is the same however the bytes arrive, whatever they are, and comes within 536 bytes', () => {
  const start = fc.constantFrom(
    SIGNATURE,
    `${SIGNATURE}21110020`,
    `${SIGNATURE}2000`,
    text('PROXY TCP4 ').toString('hex'),
    '',
  );
  const tail = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(start, tail, fc.array(fc.nat({ max: 70 }), { maxLength: 5 }), (hex, more, cuts) => {
      const bytes = Buffer.concat([Buffer.from(hex, 'hex'), more]);
      const sorted = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const chunks = sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
      const normal = (progress: ProxyProgress): unknown =>
        progress.state === 'done' ? { ...progress, rest: Buffer.from(progress.rest).toString('hex') } : progress.state;
      assert.deepEqual(normal(feedAll(chunks)), normal(feedAll([bytes])));
      assert.notEqual(feedAll([bytes, new Uint8Array(536)]).state, 'more');
    }),
    { numRuns: 1000 },
  );
});
