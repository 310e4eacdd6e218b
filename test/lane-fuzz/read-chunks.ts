const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
/** RFC 9112 §7.1.1, without the bad white space that it lets a reader accept. */
const EXTENSIONS = new RegExp(`^(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?)*$`);
const FIELD = new RegExp(`^(${TOKEN}):[ \\t]*((?:[\\t\\x20-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)[ \\t]*$`);

export type ChunkedBody =
  | {
      readonly kind: 'whole';
      readonly body: string;
      readonly trailers: readonly string[];
      readonly length: number;
      readonly mayRefuse: boolean;
    }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'unfinished'; readonly mayRefuse: boolean };

/** Reads a chunked body (RFC 9112 §7.1) that begins the text. */
export function readChunks(text: string): ChunkedBody {
  let body = '';
  let mayRefuse = false;
  for (let at = 0; ; ) {
    const line = lineAt(text, at);
    if (line === 'unfinished') return { kind: 'unfinished', mayRefuse };
    if (line === 'broken') return { kind: 'broken', why: 'a bare CR or LF in a chunk size' };
    const size = /^[0-9A-Fa-f]+/.exec(line)?.[0] ?? '';
    if (size === '') return { kind: 'broken', why: 'no chunk size' };
    const extensions = line.slice(size.length);
    // A sender may not write white space there; a reader must not take it for a part of the size.
    if (/^[ \t]+;/.test(extensions)) mayRefuse = true;
    else if (extensions !== '' && !extensions.startsWith(';'))
      return { kind: 'broken', why: 'something behind a chunk size' };
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(extensions))
      return { kind: 'broken', why: 'a control character in a chunk extension' };
    // "A recipient MUST ignore unrecognized chunk extensions": whether malformed ones are ignored or refused is left open.
    if (!EXTENSIONS.test(extensions)) mayRefuse = true;
    const digits = size.replace(/^0+/, '');
    if (digits.length > 16) return { kind: 'broken', why: 'a chunk size beyond 2^64' };
    // Nobody has to take chunks of petabytes, or to say so before they are whole.
    if (digits.length > 4) mayRefuse = true;
    // Leading zeros mean nothing; a reader may bound them.
    if (size.length > 12) mayRefuse = true;
    at += line.length + 2;
    const length = digits === '' ? 0 : Number.parseInt(digits, 16);
    if (length === 0) return readTrailers(text, at, body, mayRefuse);
    if (text.length < at + length + 2)
      return isBrokenEnd(text, at + length)
        ? { kind: 'broken', why: 'no CRLF behind a chunk' }
        : { kind: 'unfinished', mayRefuse };
    if (!text.startsWith('\r\n', at + length)) return { kind: 'broken', why: 'no CRLF behind a chunk' };
    body += text.slice(at, at + length);
    at += length + 2;
  }
}

function readTrailers(text: string, start: number, body: string, isDoubtful: boolean): ChunkedBody {
  const trailers: string[] = [];
  let mayRefuse = isDoubtful;
  for (let at = start; ; ) {
    const line = lineAt(text, at);
    if (line === 'unfinished') return { kind: 'unfinished', mayRefuse };
    if (line === 'broken') return { kind: 'broken', why: 'a bare CR or LF in a trailer' };
    at += line.length + 2;
    if (line === '') return { kind: 'whole', body, trailers, length: at, mayRefuse };
    const field = FIELD.exec(line);
    if (field === null) return { kind: 'broken', why: 'a malformed trailer' };
    // RFC 9110 §6.5.1: a trailer that frames, routes or is ours is left out, or the message refused.
    if (
      /^(content-length|transfer-encoding|host|connection|upgrade|trailer|te|ldc-.*|x-forwarded-.*|x-user-id)$/i.test(
        field[1] ?? '',
      )
    )
      mayRefuse = true;
    // A name that an application could take for another (`X_User_Id`) is left out of trailers, whichever it is; anybody may leave trailers out.
    else if (/^[A-Za-z0-9-]+$/.test(field[1] ?? '')) trailers.push(`${field[1]}: ${field[2]}`);
  }
}

/** The line that begins there, without its CRLF. */
function lineAt(text: string, at: number): string {
  const end = text.slice(at).search(/[\r\n]/);
  if (end === -1) return 'unfinished';
  const stop = at + end;
  if (text[stop] === '\n') return 'broken';
  if (stop + 1 >= text.length) return 'unfinished';
  return text[stop + 1] === '\n' ? text.slice(at, stop) : 'broken';
}

function isBrokenEnd(text: string, at: number): boolean {
  return (text.length > at && text[at] !== '\r') || (text.length > at + 1 && text[at + 1] !== '\n');
}

export const FIELD_LINE: RegExp = FIELD;
