import { FIELD_LINE, readChunks } from './read-chunks.ts';
import type { ReadMessage } from './reading.ts';

/** What a cell makes of the bytes of a connection: nothing here forgives anything. */
export type UpstreamReading =
  | { readonly kind: 'whole'; readonly message: ReadMessage; readonly length: number }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'malformed'; readonly why: string };

const malformed = (why: string): UpstreamReading => ({ kind: 'malformed', why });

/** Reads the request that begins the text, as the gateway wrote it. */
export function readUpstream(text: string): UpstreamReading {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return { kind: 'unfinished' };
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const parts = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/1\.1$/.exec(start);
  if (parts === null) return malformed(`start line ${JSON.stringify(start)}`);
  const fields = lines.map((line) => FIELD_LINE.exec(line));
  const bad = fields.indexOf(null);
  if (bad !== -1) return malformed(`field line ${JSON.stringify(lines[bad])}`);
  const pairs = fields.map((field): [string, string] => [field?.[1] ?? '', field?.[2] ?? '']);
  const named = (name: string): string[] =>
    pairs.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);
  if (named('host').length !== 1) return malformed('not one Host');
  const body = readBody(named('content-length'), named('transfer-encoding'), text.slice(end + 4));
  if (body.kind !== 'whole') return body;
  const added = pairs.findIndex(([name, value]) => name === 'Forwarded' && value.startsWith('for='));
  if (added === -1) return malformed('no field of the gateway');
  const ofHop = new Set(['host', 'connection', 'upgrade', 'content-length', 'transfer-encoding', 'keep-alive']);
  const kept = pairs.slice(0, added).filter(([name]) => !ofHop.has(name.toLowerCase()));
  const target = parts[1] === 'OPTIONS' && /^http:\/\/[^/?]*$/.test(parts[2] ?? '') ? '*' : (parts[2] ?? '');
  const message: ReadMessage = {
    method: parts[1] ?? '',
    target,
    host: named('host')[0] ?? '',
    fields: kept.map(([name, value]) => `${name}: ${value}`),
    upgrade: named('upgrade')[0]?.toLowerCase() ?? null,
    body: body.body,
    trailers: body.trailers,
  };
  return { kind: 'whole', message, length: end + 4 + body.length };
}

type UpstreamBody =
  | { readonly kind: 'whole'; readonly body: string; readonly trailers: readonly string[]; readonly length: number }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'malformed'; readonly why: string };

function readBody(lengths: readonly string[], codings: readonly string[], text: string): UpstreamBody {
  if (lengths.length + codings.length > 1) return { kind: 'malformed', why: 'more than one length' };
  if (codings.length === 1) {
    if (codings[0] !== 'chunked') return { kind: 'malformed', why: `Transfer-Encoding ${codings[0]}` };
    const read = readChunks(text);
    return read.kind === 'broken' ? { kind: 'malformed', why: read.why } : read;
  }
  const [stated = '0'] = lengths;
  if (!/^(0|[1-9]\d*)$/.test(stated)) return { kind: 'malformed', why: `Content-Length ${stated}` };
  const length = Number(stated);
  return text.length < length
    ? { kind: 'unfinished' }
    : { kind: 'whole', body: text.slice(0, length), trailers: [], length };
}
