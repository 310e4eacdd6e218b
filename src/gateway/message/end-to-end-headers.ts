import type { HeaderList } from '../upstream.ts';
import type { Answer } from './answer.ts';
import { bitOf, type HeaderKind, headerKind, KIND } from './header-kind.ts';
import type { RequestHead } from './request-head.ts';

const tableOf = (kinds: readonly number[]): Uint8Array => {
  const table = new Uint8Array(Object.keys(KIND).length);
  for (const kind of kinds) table[kind] = 1;
  return table;
};

const HOP_BY_HOP = [KIND.hopByHop, KIND.connection, KIND.te, KIND.upgrade, KIND.http2Settings];
const FRAMING = [KIND.contentLength, KIND.transferEncoding];

const DROPPED_FROM_REQUESTS = tableOf([
  ...HOP_BY_HOP,
  ...FRAMING,
  KIND.expect,
  KIND.ours,
  KIND.forwarded,
  KIND.requestId,
  KIND.traceparent,
  KIND.tracestate,
  KIND.pathOverride,
]);
const DROPPED_BITS = DROPPED_FROM_REQUESTS.reduce(
  (bits, isDropped, kind) => (isDropped ? bits | bitOf(kind) : bits),
  0,
);
const DROPPED_FROM_ANSWERS = tableOf([...HOP_BY_HOP, ...FRAMING, KIND.ours]);

/**
 * The headers of a request that a cell gets: what the client sent without hop-by-hop fields, then `ours`.
 *
 * Left out, because the gateway makes them anew (pass them in `ours`): `ldc-*`, Forwarded and X-Forwarded-*, X-Real-IP,
 * X-Request-ID, traceparent, tracestate. Left out, because the lane makes them from `framing`, `upgrade` and
 * `expectContinue`: Content-Length, Transfer-Encoding, Connection, Upgrade, Expect, TE. Order, case and repetitions of all
 * others stay.
 */
export function endToEndRequestHeaders(
  head: Pick<RequestHead, 'headers' | 'framing' | 'connectionNames'>,
  ours: HeaderList,
): HeaderList {
  return keepEndToEnd(head.headers, DROPPED_FROM_REQUESTS, head.connectionNames, head.framing === 'chunked', ours);
}

/** Whether a cell gets each field that the client sent. */
function keepsAll({ connectionNames, framing, seen }: RequestHead): boolean {
  const dropped = framing === 'chunked' ? DROPPED_BITS : DROPPED_BITS | bitOf(KIND.trailer);
  return (seen & dropped) === 0 && connectionNames.length === 0;
}

/**
 * The headers of an answer that the client gets: what the cell sent without hop-by-hop fields and without `ldc-*`, then
 * `ours`. The lane makes Content-Length (from `framing` or `declaredLength`), Transfer-Encoding, Connection and Upgrade.
 */
export function endToEndAnswerHeaders(
  answer: Pick<Answer, 'headers' | 'framing' | 'connectionNames'>,
  ours: HeaderList,
): HeaderList {
  const trailersFollow = answer.framing === 'chunked';
  return keepEndToEnd(answer.headers, DROPPED_FROM_ANSWERS, answer.connectionNames, trailersFollow, ours);
}

/** The lines of a request that a cell gets of what the client sent: `endToEndRequestHeaders` as text, for lines that say nothing more. */
export function endToEndRequestLines(head: RequestHead, lines: string): string {
  if (keepsAll(head)) return lines;
  return keepLines(head, lines, DROPPED_FROM_REQUESTS);
}

/** The same of an answer. */
export function endToEndAnswerLines(answer: Answer, lines: string): string {
  return keepLines(answer, lines, DROPPED_FROM_ANSWERS);
}

/** Lines that stay side by side are one piece of the text. */
function keepLines(
  { headers, kinds, connectionNames, framing }: Pick<Answer, 'headers' | 'kinds' | 'connectionNames' | 'framing'>,
  lines: string,
  dropped: Uint8Array,
): string {
  const trailersFollow = framing === 'chunked';
  let kept = '';
  let from = 0;
  let at = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const next = at + name.length + (headers[i + 1] ?? '').length + LINE_MARKS;
    if (isDropped(name, kinds[i >> 1] ?? KIND.other, dropped, connectionNames, trailersFollow)) {
      if (at > from) kept += lines.slice(from, at);
      from = next;
    }
    at = next;
  }
  return from === 0 ? lines : kept + lines.slice(from);
}

/** `: ` and CRLF. */
const LINE_MARKS = 4;

function isDropped(
  name: string,
  kind: HeaderKind,
  dropped: Uint8Array,
  connectionNames: readonly string[],
  trailersFollow: boolean,
): boolean {
  if (dropped[kind] === 1 || (kind === KIND.trailer && !trailersFollow)) return true;
  return connectionNames.length > 0 && connectionNames.includes(name.toLowerCase());
}

function keepEndToEnd(
  headers: HeaderList,
  dropped: Uint8Array,
  connectionNames: readonly string[],
  trailersFollow: boolean,
  ours: HeaderList,
): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (isDropped(name, headerKind(name), dropped, connectionNames, trailersFollow)) continue;
    kept.push(name, headers[i + 1] ?? '');
  }
  for (const text of ours) kept.push(text);
  return kept;
}
