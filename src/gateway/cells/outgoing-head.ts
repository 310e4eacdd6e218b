import { isFieldValue, isToken } from '../message/field-check.ts';
import type { HeaderList, UpstreamRequest } from '../upstream.ts';

/** A head as undici takes it. */
export type OutgoingHead =
  | { readonly ok: true; readonly path: string; readonly headers: string[] }
  | { readonly ok: false; readonly detail: string };

/**
 * Checks that head and framing agree, because a disagreement here would let a body be read as a second request, and puts
 * the head into undici's form. Fields stay in order with their case, but undici itself writes `host`, `connection` and
 * `content-length` (lower case, first or last). `*` becomes the absolute form without path, which undici can carry and
 * which means the same (RFC 9112 §3.2.4). `Expect` is left out: undici refuses it, and the door has answered it.
 */
export function outgoingHead(request: UpstreamRequest): OutgoingHead {
  if (request.method === 'CONNECT') return { ok: false, detail: 'CONNECT: cells are no proxies' };
  const headers: string[] = [];
  let host = '';
  let length: string | null = null;
  const list = request.headers;
  for (let index = 0; index + 1 < list.length; index += 2) {
    const name = list[index] as string;
    const value = list[index + 1] as string;
    const kind = kindOf(name);
    if (kind === 'host') host = value;
    if (kind === 'content-length') length = value;
    if (kind === 'transfer-encoding') return { ok: false, detail: 'transfer-encoding in an end-to-end header list' };
    if (kind !== 'expect') headers.push(name, value);
  }
  const conflict = framingConflict(request, length);
  if (conflict !== null) return { ok: false, detail: conflict };
  if (typeof request.body === 'number' && length === null) headers.push('content-length', String(request.body));
  return { ok: true, path: request.target === '*' ? `http://${host}` : request.target, headers };
}

/** The same as text for a connection of our own: start line, fields, framing, empty line. A string in `detail` says why not. */
export function outgoingText(
  request: UpstreamRequest,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly detail: string } {
  const { method, isChecked = false } = request;
  if (method === 'CONNECT') return { ok: false, detail: 'CONNECT: cells are no proxies' };
  const lines = isChecked && request.target !== '*' ? request.lines : undefined;
  if (lines !== undefined) return { ok: true, text: headText(request, request.target, lines, false) };
  const { headers: list } = request;
  let fields = '';
  let host = '';
  let length: string | null = null;
  for (let index = 0; index + 1 < list.length; index += 2) {
    const name = list[index] as string;
    const value = list[index + 1] as string;
    const kind = kindOf(name);
    if (kind === 'host') host = value;
    else if (kind === 'content-length') length = value;
    else if (kind === 'transfer-encoding')
      return { ok: false, detail: 'transfer-encoding in an end-to-end header list' };
    if (!isChecked && (!isFieldValue(name) || !isFieldValue(value)))
      return { ok: false, detail: 'a control character in a header' };
    if (kind !== 'expect') fields += `${name}: ${value}\r\n`;
  }
  if (!isChecked && (!isToken(method) || !isVisible(request.target)))
    return { ok: false, detail: 'the method or the target is none' };
  const conflict = framingConflict(request, length);
  if (conflict !== null) return { ok: false, detail: conflict };
  const path = request.target === '*' ? `http://${host}` : request.target;
  return { ok: true, text: headText(request, path, fields, length !== null) };
}

function headText({ method, body }: UpstreamRequest, path: string, fields: string, hasLength: boolean): string {
  let framing = '';
  if (body === 'chunked') framing = 'transfer-encoding: chunked\r\n';
  else if (!hasLength && (body !== 'none' || expectsBody(method)))
    framing = `content-length: ${body === 'none' ? 0 : body}\r\n`;
  return `${method} ${path} HTTP/1.1\r\n${fields}${framing}\r\n`;
}

function isVisible(target: string): boolean {
  for (let i = 0; i < target.length; i++) {
    const c = target.charCodeAt(i);
    if (c <= 0x20 || c === 0x7f || c > 0xff) return false;
  }
  return target.length > 0;
}

/** RFC 9110 §8.6: a method that has a body by its meaning says so when there is none. */
const expectsBody = (method: string): boolean => method === 'POST' || method === 'PUT' || method === 'PATCH';

function framingConflict(request: UpstreamRequest, length: string | null): string | null {
  if (request.upgrade !== null && request.body !== 'none' && request.body !== 0) return 'an upgrade with a body';
  if (length === null) return null;
  const declared = request.body === 'none' ? 0 : request.body;
  return length === String(declared) ? null : `content-length ${length} with a body of ${declared}`;
}

type Kind = 'host' | 'content-length' | 'transfer-encoding' | 'expect' | null;

/** Lower-cases only what can be one of the four, by length: this runs for each field of each request. */
function kindOf(name: string): Kind {
  switch (name.length) {
    case 4:
      return name.toLowerCase() === 'host' ? 'host' : null;
    case 6:
      return name.toLowerCase() === 'expect' ? 'expect' : null;
    case 14:
      return name.toLowerCase() === 'content-length' ? 'content-length' : null;
    case 17:
      return name.toLowerCase() === 'transfer-encoding' ? 'transfer-encoding' : null;
    default:
      return null;
  }
}

/** undici's raw field lines as the port wants them: latin1 strings, order, case and repetitions kept. */
export function headerList(raw: unknown): HeaderList {
  if (!Array.isArray(raw)) return [];
  return raw.map((part) => (typeof part === 'string' ? part : Buffer.from(part as Uint8Array).toString('latin1')));
}
