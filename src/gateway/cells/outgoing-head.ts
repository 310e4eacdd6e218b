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
