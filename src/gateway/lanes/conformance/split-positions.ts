import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../../test/support/eventually.ts';
import type { RawClient } from '../../../../test/support/raw-client.ts';
import { BROKEN_TABLES, PASSED_TABLES, REFUSED_TABLES, SEQUENCE_TABLES } from './case-tables.ts';
import { bodyOf, codeOf, isRefusal, leastAnswers, ofTheClient, SMUGGLED } from './check-case.ts';
import { ConformanceBench } from './conformance-bench.ts';
import type { Exceptions, PassedCase, RefusedCase, SequenceCase, StartDoor } from './conformance-case.ts';

/** Up to this length a message is cut at each of its bytes; of longer ones so many positions are taken at both ends, and as many between. */
const EVERY_BYTE_UP_TO = 600;
const SAMPLED = 64;
const AT_ONCE = 128;
/** Turns of the event loop in which the lane, in this process, reads what is in its sockets: one is enough, two for the kernel's sake. */
const TURNS = 3;

/** A message and what must come of it on each connection; `check` throws if it does not. */
interface Split {
  readonly claim: string;
  readonly bytes: string;
  /** Sent behind the second part. */
  readonly behind: string;
  /** The fewest answers; where the connection must end, these are not waited for. */
  readonly answers: number;
  readonly mustEnd: boolean;
  /** Requests that reach the cell of one connection. */
  readonly reach: SequenceCase['reach'];
  check(client: RawClient): void;
}

/**
 * Registers, for a lane, every case that is a message: cut in two at every byte, many connections at once, the second part after
 * the lane has read the first. What comes of it must not depend on where it was cut.
 */
export function registerSplitPositions(name: string, startDoor: StartDoor, exceptions: Exceptions = {}): void {
  for (const [section, splits] of sections()) {
    test(`${name}: ${section}, cut at every byte`, { timeout: 170_000 }, async (t) => {
      const bench = await ConformanceBench.start(t, startDoor);
      for (const split of splits) {
        if (exceptions[split.claim] !== undefined) continue;
        for (const positions of batches(positionsOf(split.bytes))) {
          await runBatch(bench, split, positions);
        }
      }
    });
  }
}

function sections(): [string, Split[]][] {
  const refused = { ...REFUSED_TABLES, ...BROKEN_TABLES };
  return [
    ...Object.entries(refused).map(([name, cases]): [string, Split[]] => [`refused, ${name}`, cases.map(refusedSplit)]),
    ...Object.entries(PASSED_TABLES).map(([name, cases]): [string, Split[]] => [
      `passed, ${name}`,
      cases.map(passedSplit),
    ]),
    ...Object.entries(SEQUENCE_TABLES).map(([name, cases]): [string, Split[]] => [
      `in sequence, ${name}`,
      cases.filter(({ closes }) => closes !== 'perhaps').map(sequenceSplit),
    ]),
  ];
}

function refusedSplit([claim, bytes, code]: RefusedCase): Split {
  const check = (client: RawClient): void => {
    const answers = client.whole();
    assert.equal(answers.length, 1, client.received);
    assert.ok(isRefusal(code, answers[0]?.status ?? 0, codeOf(answers[0]?.body ?? '')), client.received);
  };
  return { claim: `refuses ${claim}`, bytes, behind: SMUGGLED, answers: 1, mustEnd: true, reach: [], check };
}

function passedSplit({ claim, bytes, sent, body = '', closes = false }: PassedCase): Split {
  const check = (client: RawClient): void => {
    assert.deepEqual(
      client.whole().map((answer) => [answer.status, answer.body]),
      [[200, 'ok']],
    );
  };
  return { claim: `passes ${claim}`, bytes, behind: '', answers: 1, mustEnd: closes, reach: [[sent, body]], check };
}

function sequenceSplit({ claim, bytes, answers: wanted, closes, reach }: SequenceCase): Split {
  const least = closes === true ? leastAnswers(wanted) : wanted.length;
  const check = (client: RawClient): void => {
    const answers = client.whole();
    assert.ok(answers.length >= least && answers.length <= wanted.length, client.received);
    for (const [at, { status, body }] of answers.entries()) {
      const want = wanted[at] ?? 0;
      if (typeof want === 'number') assert.equal(status, want, client.received);
      else assert.ok(isRefusal(want, status, codeOf(body)), client.received);
    }
  };
  return { claim: `keeps apart ${claim}`, bytes, behind: '', answers: least, mustEnd: closes === true, reach, check };
}

async function runBatch(bench: ConformanceBench, split: Split, positions: readonly number[]): Promise<void> {
  const before = bench.cell.requests.length;
  const clients = await Promise.all(positions.map(() => bench.connect()));
  for (const [index, client] of clients.entries()) client.send(split.bytes.slice(0, positions[index]));
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise(setImmediate);
  for (const [index, client] of clients.entries()) client.send(split.bytes.slice(positions[index]) + split.behind);
  const isDone = (client: RawClient): boolean =>
    split.mustEnd ? client.isOver : client.isOver || client.whole().length >= split.answers;
  await eventually(
    () => `${split.claim}, cut at ${positions.filter((_, at) => !isDone(clients[at] as RawClient)).join(', ')}`,
    () => clients.every(isDone),
  );
  for (const [index, client] of clients.entries()) {
    try {
      split.check(client);
    } catch (error) {
      throw new Error(`${split.claim}, cut at ${positions[index]}`, { cause: error });
    }
    client.socket.resetAndDestroy();
  }
  checkCell(bench, split, bench.cell.requests.slice(before), positions.length);
}

/** The connections' requests come in any order: each kind must have come once from each connection, and nothing else. */
function checkCell(
  bench: ConformanceBench,
  split: Split,
  requests: ConformanceBench['cell']['requests'],
  connections: number,
): void {
  const wanted = new Map<string, number>();
  for (const request of split.reach) {
    const key = JSON.stringify(request);
    wanted.set(key, (wanted.get(key) ?? 0) + connections);
  }
  for (const request of requests) {
    const key = JSON.stringify([ofTheClient(request), bodyOf(request)]);
    const left = wanted.get(key) ?? 0;
    assert.ok(left > 0, `${split.claim}: reached the cell too often, or not as it should: ${request.text}`);
    wanted.set(key, left - 1);
  }
  assert.deepEqual(
    [...wanted.values()].filter((left) => left > 0),
    [],
    `${split.claim}: not all reached the cell`,
  );
  for (const stream of bench.cell.streams) assert.ok(!stream.includes('GET /smuggled HTTP/1.1\r\nHost'), split.claim);
}

/** Every byte of a short message; of a long one its ends, and positions in equal steps between. */
export function positionsOf(bytes: string): number[] {
  const all = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
  if (bytes.length <= EVERY_BYTE_UP_TO) return all;
  const step = Math.ceil(all.length / SAMPLED);
  return all.filter((at) => at <= SAMPLED || at >= bytes.length - SAMPLED || at % step === 0);
}

function batches(positions: readonly number[]): number[][] {
  const count = Math.ceil(positions.length / AT_ONCE);
  return Array.from({ length: count }, (_, batch) => positions.slice(batch * AT_ONCE, (batch + 1) * AT_ONCE));
}
