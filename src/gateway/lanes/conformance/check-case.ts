import assert from 'node:assert/strict';
import { eventually } from '../../../../test/support/eventually.ts';
import type { RawClient } from '../../../../test/support/raw-client.ts';
import { CELL_OK, type RecordedRequest } from '../../../../test/support/recording-cell.ts';
import { ERRORS, type ErrorCode } from '../../../errors.ts';
import type { ConformanceBench } from './conformance-bench.ts';
import { type AnsweredCase, GET, type PassedCase, type RefusedCase, type SequenceCase } from './conformance-case.ts';

/** Follows every message that is refused; it must never be served. */
export const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n';
const PROBE = 'GET /probe HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n';

/** `reaches`: the head was right, so a part of the request may have reached the cell. */
export async function checkRefused(
  bench: ConformanceBench,
  [, bytes, code]: RefusedCase,
  reaches: boolean,
): Promise<void> {
  const before = bench.cell.requests.length;
  const streams = bench.cell.streams.length;
  const client = await bench.connect();
  client.send(bytes + SMUGGLED);
  const [answer] = await client.answers(1);
  await client.ended();
  const got = codeOf(answer?.body ?? '');
  const { status } = ERRORS[code];
  assert.equal(answer?.status, status, `${answer?.head}${answer?.body}`);
  assert.ok(isRefusal(code, answer?.status ?? 0, got), `${got}, wanted ${code}`);
  assert.match(answer?.head ?? '', /\r\nconnection: close\r\n/i);
  assert.equal((await client.answers(1)).length, 1, `a second answer: ${client.received}`);
  client.close();
  assert.equal(bench.cell.requests.length, before, 'a whole request reached the cell');
  if (!reaches) assert.equal(bench.cell.streams.length, streams, 'the cell was connected to');
  for (const stream of bench.cell.streams) assert.doesNotMatch(stream, /smuggled/);
}

export async function checkPassed(bench: ConformanceBench, { bytes, sent, body, closes }: PassedCase): Promise<void> {
  const before = bench.cell.requests.length;
  const client = await bench.connect();
  client.send(bytes);
  const [answer] = await client.answers(1);
  assert.equal(answer?.status, 200, `${answer?.head}${answer?.body}`);
  assert.equal(answer?.body, 'ok');
  const request = bench.cell.requests[before];
  assert.ok(request, 'no request reached the cell');
  assert.equal(ofTheClient(request), sent);
  assert.equal(bodyOf(request), body ?? '');
  assert.equal(bench.cell.requests.length, before + 1, 'more than one request reached the cell');
  if (closes === true) await client.ended();
  else await checkAlive(client, 1);
  client.close();
}

export async function checkSequence(bench: ConformanceBench, sequence: SequenceCase): Promise<void> {
  const { bytes, reach, answers: wanted, closes } = sequence;
  const before = bench.cell.requests.length;
  const client = await bench.connect();
  client.send(bytes);
  if (closes === true) await client.ended();
  else if (closes === false) await checkAlive(client, wanted.length);
  else await eventually('all answers or the end', () => client.isOver || client.whole().length >= wanted.length);
  const answers = client.whole();
  const reached = bench.cell.requests.slice(before, closes === false ? -1 : undefined);
  const least = closes === false ? wanted.length + 1 : closes === true ? leastAnswers(wanted) : 1;
  const most = closes === false ? wanted.length + 1 : wanted.length;
  assert.ok(answers.length >= least && answers.length <= most, `${answers.length} answers: ${client.received}`);
  const seen = reached.map((request) => [ofTheClient(request), bodyOf(request)]);
  assert.deepEqual(seen, closes === 'perhaps' ? reach.slice(0, seen.length) : reach);
  for (const [at, { status, body }] of answers.slice(0, wanted.length).entries()) {
    const want = wanted[at] ?? 0;
    if (typeof want === 'number') assert.equal(status, want);
    else assert.ok(isRefusal(want, status, codeOf(body)), `${status} ${body}, wanted ${want}`);
  }
  client.close();
}

export function leastAnswers(wanted: SequenceCase['answers']): number {
  return wanted.length > 1 && typeof wanted.at(-1) === 'string' ? wanted.length - 1 : wanted.length;
}

/** A lane's parser may refuse before the message rules do: BAD_REQUEST instead of the rule's own code, with the same status. */
export function isRefusal(wanted: ErrorCode, status: number, code: string): boolean {
  return status === ERRORS[wanted].status && (code === wanted || (code === 'BAD_REQUEST' && status === 400));
}

export async function checkAnswered(bench: ConformanceBench, answered: AnsweredCase): Promise<void> {
  const { method = 'GET', cell, gets, body = '', trailers = '', cellCloses = false } = answered;
  bench.cell.answer = ({ socket }) => {
    if (cellCloses) socket.end(cell, 'latin1');
    else socket.write(cell, 'latin1');
  };
  const client = await bench.connect();
  client.send(`${GET.replace('GET', method)}\r\n`);
  const [answer] = await client.answers(1, [method]);
  bench.cell.answer = CELL_OK;
  assert.equal(ofTheCell(answer?.head ?? ''), gets.toLowerCase() === gets ? gets : withLowerFraming(gets));
  assert.equal(answer?.body, body);
  assert.equal(answer?.trailers, trailers);
  await checkAlive(client, 1, [method]);
  client.close();
}

export async function checkBadAnswer(bench: ConformanceBench, cell: string, code: ErrorCode): Promise<void> {
  bench.cell.answer = ({ socket }) => void socket.end(cell, 'latin1');
  const client = await bench.connect();
  client.send(`${GET}\r\n`);
  const [answer] = await client.answers(1);
  bench.cell.answer = CELL_OK;
  assert.deepEqual([answer?.status, codeOf(answer?.body ?? '')], [502, code], `${answer?.head}${answer?.body}`);
  await checkAlive(client, 1);
  client.close();
}

/** The connection is in step: the next request on it gets its own answer. */
export async function checkAlive(client: RawClient, after: number, methods: readonly string[] = []): Promise<void> {
  client.send(PROBE);
  const answers = await client.answers(after + 1, methods);
  assert.equal(answers.length, after + 1);
  assert.deepEqual([answers[after]?.status, answers[after]?.body], [200, 'ok']);
}

export function codeOf(body: string): string {
  try {
    return (JSON.parse(body) as { error: { code: string } }).error.code;
  } catch {
    return `no code in ${JSON.stringify(body.slice(0, 200))}`;
  }
}

/** Start line and fields that came from the client: no field of the connection, none that the gateway added. */
export function ofTheClient({ text }: RecordedRequest): string {
  const head = text.slice(0, text.indexOf('\r\n\r\n') + 2);
  const added = head.indexOf('Forwarded: for=');
  assert.notEqual(added, -1, head);
  return head
    .slice(0, added)
    .replace(/\r\nhost: a(?=\r\n)/i, '')
    .replace(/\r\nconnection: keep-alive(?=\r\n)/i, '');
}

/** The body as the cell's application reads it. */
export function bodyOf({ text }: RecordedRequest): string {
  const end = text.indexOf('\r\n\r\n');
  const raw = text.slice(end + 4);
  if (!/\r\ntransfer-encoding: chunked\r\n/i.test(text.slice(0, end + 2))) return raw;
  let body = '';
  for (let at = 0; ; ) {
    const line = raw.indexOf('\r\n', at);
    const size = Number.parseInt(raw.slice(at, line), 16);
    if (!(size > 0)) return body;
    body += raw.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}

/** Without date, request ID and the fields of the client's connection; names that frame are in lower case. */
function ofTheCell(head: string): string {
  const lines = head.split('\r\n').filter((line) => !/^(date|x-request-id|connection|keep-alive):/i.test(line));
  return withLowerFraming(lines.join('\r\n'));
}

function withLowerFraming(head: string): string {
  return head.replace(/^(content-length|transfer-encoding):/gim, (name) => name.toLowerCase());
}

/** Waits until the door has counted so many requests. */
export async function counted(bench: ConformanceBench, count: number): Promise<ConformanceBench['ends']> {
  await eventually(`${count} requests end`, () => bench.ends.length >= count);
  return bench.ends;
}
