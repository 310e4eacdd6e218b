import type { IncomingMessage, ServerResponse } from 'node:http';
import { NOT_EXECUTED_HEADER, NOT_PROMOTED, STALE_EPOCH } from '../gate/gate-contract.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

/** The target of a request, taken apart; segments are percent-decoded one by one, so `%2F` stays inside its segment. */
export interface Target {
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** null if the target is not in origin-form or a segment cannot be decoded. */
export function parseTarget(url: string): Target | null {
  if (!url.startsWith('/')) return null;
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
  try {
    return { path, segments: path.slice(1).split('/').map(decodeURIComponent), query };
  } catch {
    return null;
  }
}

/** A whole number of the query within bounds; the default if it is absent, an Answer if it is anything else. */
export function integerOf(
  query: URLSearchParams,
  name: string,
  min: number,
  max: number,
  byDefault: number,
): number | Answer {
  const text = query.get(name);
  if (text === null) return byDefault;
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
  return errorAnswer('BAD_INPUT', `${name} must be a whole number from ${min} to ${max}`);
}

/** Reads a JSON request's body as text; an Answer is the refusal (415, 413, or 400 for bytes that are no UTF-8). */
export async function readJsonText(request: IncomingMessage, limitBytes: number): Promise<string | Answer> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return errorAnswer('NOT_JSON', `content-type is ${JSON.stringify(type)}`);
  const tooLarge = errorAnswer('BODY_TOO_LARGE', `at most ${limitBytes} bytes (setting limits.jsonBytes)`);
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) return tooLarge;
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return errorAnswer('BAD_INPUT', 'the body is not UTF-8');
  }
}

/** Sends a JSON answer; does nothing if the head was sent or the client left. */
export function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const text = `${JSON.stringify(answer.body)}\n`;
  const refusal = refusalOfWrite(answer);
  response.writeHead(answer.status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...(refusal === null ? {} : { [NOT_EXECUTED_HEADER]: refusal }),
    ...headers,
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** The code of an answer that says: this write was provably not executed; null for any other answer. */
function refusalOfWrite({ status, body }: Answer): string | null {
  if (status < 400) return null;
  const code = (body as { readonly error?: { readonly code?: unknown } } | null)?.error?.code;
  return code === STALE_EPOCH || code === NOT_PROMOTED ? code : null;
}
