import { type Leniency, STRICT } from './leniency.ts';
import { readChunks } from './read-chunks.ts';
import { type ReadHead, readHead } from './read-head.ts';
import { Faults, type Reading } from './reading.ts';

/** Largest body of the route under test, bytes. */
export const BODY_LIMIT = 64 * 1024;

/** Reads all that a client sent on one connection, up to the first message that ends it. `bytes`: latin1. */
export function readConnection(bytes: string, leniency: Leniency = STRICT): Reading[] {
  const readings: Reading[] = [];
  for (let rest = bytes; ; ) {
    const read = readMessage(rest, leniency);
    if (read === null) return readings;
    readings.push(read.reading);
    if (!read.goesOn) return readings;
    rest = rest.slice(read.length);
  }
}

interface Read {
  readonly reading: Reading;
  readonly goesOn: boolean;
  /** Bytes of the message. */
  readonly length: number;
}

const over = (reading: Reading): Read => ({ reading, goesOn: false, length: 0 });

/** The message that begins the text; null if there is none. */
function readMessage(text: string, leniency: Leniency): Read | null {
  // RFC 9112 §2.2: empty lines before a request line are ignored; one is expected of every reader.
  const emptyLines = leniency.anyEmptyLines ? /^[\r\n]*/ : /^(?:\r\n)*/;
  const skipped = emptyLines.exec(text)?.[0].length ?? 0;
  const rest = text.slice(skipped);
  if (rest === '' || rest === '\r') return null;
  const faults = new Faults();
  const end = rest.indexOf('\r\n\r\n');
  if (end === -1) return over({ kind: 'unfinished', begun: false, mayRefuse: true });
  const head = readHead(rest.slice(0, end), faults, leniency);
  // Whoever refuses the line may have read its first word.
  const method = /\bHEAD\b/.exec(rest.slice(0, 20))?.[0] ?? head?.method ?? '';
  if (head === null || faults.any) return over(refusal(faults, method, false));
  if (isIdentity(head.identities) && !isServedHere(head.identities)) return over({ kind: 'stray', method });
  const body = readBody(head, rest.slice(end + 4));
  if (body.kind === 'broken') {
    faults.add(400, body.why);
    // What can be said of the head alone is said without waiting for the body.
    if (head.identities.length !== 1) faults.add(400, 'no single identity');
    return over(refusal(faults, method, true));
  }
  if (typeof head.length === 'number' && head.length > BODY_LIMIT) {
    faults.add(413, 'a body over the limit');
    if (!isIdentity(head.identities)) faults.add(400, 'no single identity');
    return over(refusal(faults, method, true));
  }
  const length = skipped + end + 4 + (body.kind === 'whole' ? body.length : 0);
  if (!isIdentity(head.identities)) return unserved(head, length, body.kind === 'whole');
  if (body.kind === 'unfinished') return over({ kind: 'unfinished', begun: true, mayRefuse: body.mayRefuse });
  return served(head, body, length, skipped > 2 || body.mayRefuse);
}

function refusal(faults: Faults, method: string, begun: boolean): Reading {
  return { kind: 'refused', statuses: faults.statuses, why: faults.reasons.join('; '), begun, method };
}

/** The gateway answers; whether it then reads the body to its end or ends the connection is left open. */
function unserved(head: ReadHead, length: number, isWhole: boolean): Read {
  const closes = head.closes || head.upgrade !== null;
  const mayClose = head.mayClose || (head.length !== 'none' && head.length !== 0);
  const statuses = new Set([400]);
  return {
    reading: { kind: 'unserved', statuses, method: head.method, closes, mayClose },
    goesOn: !closes && isWhole,
    length,
  };
}

function served(head: ReadHead, body: WholeBody, length: number, mayRefuse: boolean): Read {
  const { method, target, host, fields, upgrade } = head;
  const message = { method, target, host, fields, upgrade, body: body.body, trailers: body.trailers };
  // The cell under test changes to no other protocol, and the door ends a connection that asked for one.
  const closes = head.closes || upgrade !== null;
  return { reading: { kind: 'served', message, closes, mayRefuse, mayClose: head.mayClose }, goesOn: !closes, length };
}

interface WholeBody {
  readonly kind: 'whole';
  readonly body: string;
  readonly trailers: readonly string[];
  readonly length: number;
  readonly mayRefuse: boolean;
}

function readBody(
  head: ReadHead,
  text: string,
):
  | WholeBody
  | { readonly kind: 'unfinished'; readonly mayRefuse: boolean }
  | { readonly kind: 'broken'; readonly why: string } {
  if (head.length === 'chunked') return readChunks(text);
  const length = head.length === 'none' ? 0 : head.length;
  if (text.length < length) return { kind: 'unfinished', mayRefuse: false };
  return { kind: 'whole', body: text.slice(0, length), trailers: [], length, mayRefuse: false };
}

/** One X-User-Id of 1 to 64 characters that ends in the two digits of a shard. */
function isIdentity(identities: readonly string[]): boolean {
  const [identity = ''] = identities;
  return (
    identities.length === 1 &&
    identity.length <= 64 &&
    /^[\x21-\x7e]*\d\d$/.test(identity) &&
    !/["%,;\\]/.test(identity)
  );
}

/** The shards 00 to 19 live where the door under test is; no other data center is there. */
function isServedHere([identity = '']: readonly string[]): boolean {
  return Number(identity.slice(-2)) < 20;
}
