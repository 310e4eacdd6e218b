import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Epoch, Incarnation } from '../core/ids.ts';
import { GateClient, type GateReply } from './gate-client.ts';
import { GATE_CALLS, GATE_REFUSALS } from './gate-contract.ts';
import { GatePosition } from './gate-position.ts';
import { expandShards } from './shard-list.ts';

const position = (lineage: number, offset: number) => new GatePosition(lineage as Epoch, offset);
const scope = { incarnation: 'one' as Incarnation, epoch: 3 as Epoch, shards: ['07'] };
const clientOf = (reply: GateReply) =>
  new GateClient('http://gate/', { send: async () => reply, token: 't', timeoutMs: 1 });
const answer = (status: number, body: unknown): GateReply => ({ kind: 'answer', status, text: JSON.stringify(body) });

test('positions are ordered within one lineage only', () => {
  const numbers = fc.nat({ max: 3 });
  fc.assert(
    fc.property(numbers, numbers, numbers, numbers, (l1, o1, l2, o2) => {
      const [left, right] = [position(l1, o1), position(l2, o2)];
      assert.equal(left.reaches(right), l1 === l2 && o1 >= o2);
      assert.equal(left.compare(right) === 'otherLineage', l1 !== l2);
    }),
  );
});

test('a position cannot be compared as a number', () => {
  const [left, right] = [position(1, 1), position(2, 1)];
  assert.throws(() => left >= right, /never with < or >/);
  // @ts-expect-error: the offset cannot be read.
  assert.equal(left.offset, undefined);
  assert.equal(`${left}`, '1:1');
  assert.deepEqual(JSON.parse(JSON.stringify(left)), { lineage: 1, offset: 1 });
});

test('a list of shards is expanded, or refused as a whole', () => {
  assert.deepEqual(expandShards(['08-11', 'G', '09']), ['08', '09', '10', '11', 'G']);
  for (const bad of [['7-11'], ['11-08'], ['x'], [7], ['g'], ['00-'], [''], ['000000'], ['00000-99999']])
    assert.equal(expandShards(bad), null, JSON.stringify(bad));
});

test('the client tells apart: answered, refused, and no usable answer', async () => {
  const place = { shard: '07', role: 'copy', lineage: 3, offset: 9 };
  const good = await clientOf(answer(200, { shards: [place] })).position(scope);
  assert.equal(good.kind === 'answered' && good.answer.shards[0]?.position.toString(), '3:9');
  const highest = [{ shard: '07', incarnation: 'one', epoch: 4 }];
  const stale = await clientOf(answer(409, { error: { code: 'GATE_STALE', message: 'm' }, highest })).fence(scope);
  assert.deepEqual(stale, { kind: 'refused', code: 'GATE_STALE', highest, detail: 'GATE_STALE: m' });
  const unknown: GateReply[] = [
    { kind: 'failed', maySent: true, detail: 'reset' },
    { kind: 'answer', status: 200, text: '<html>' },
    answer(200, { shards: [] }),
    answer(200, { shards: [{ ...place, role: 'leader' }] }),
    answer(200, { shards: [{ ...place, offset: -1 }] }),
    answer(200, { shards: [{ ...place, offset: '9' }] }),
    answer(200, { shards: [place, { ...place, shard: '08' }] }),
    answer(200, null),
    answer(302, {}),
    answer(500, { error: { code: 'INTERNAL', message: '' } }),
  ];
  for (const reply of unknown)
    assert.equal((await clientOf(reply).position(scope)).kind, 'unknown', JSON.stringify(reply));
  const liar = { caughtUp: true, shards: [{ ...place, caughtUp: false }] };
  const wanted = { ...scope, positions: [{ shard: '07', position: position(3, 9) }], waitMs: 0 };
  assert.equal((await clientOf(answer(200, liar)).caughtUp(wanted)).kind, 'unknown');
});

test('whatever a gate answers, the client does not throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 100, max: 599 }), fc.jsonValue(), async (status, body) => {
      const client = clientOf(answer(status, body));
      for (const result of [await client.lag(scope), await client.probe({ ...scope, id: 'x', holdMs: 0 })])
        assert.ok(['refused', 'unknown'].includes(result.kind));
    }),
    { numRuns: 300 },
  );
});

test('docs/data-gate.md has every call, and every refusal with its status and meaning', () => {
  const doc = readFileSync(new URL('../../docs/data-gate.md', import.meta.url), 'utf8');
  for (const call of GATE_CALLS) assert.match(doc, new RegExp(`^### ${call}$`, 'm'));
  const rows = [...doc.matchAll(/^\| `(GATE_\w+)` \| (\d+) \| (.*) \|$/gm)].map(([, code = '', status, message]) => [
    code,
    { status: Number(status), message },
  ]);
  assert.deepEqual(Object.fromEntries(rows), GATE_REFUSALS);
});
