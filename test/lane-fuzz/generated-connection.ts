import fc from 'fast-check';

/** Bytes of one connection, latin1, where they are cut in two, and whether the client ends its side behind them. */
export interface GeneratedConnection {
  readonly bytes: string;
  readonly cut: number;
  readonly ends: boolean;
}

/** Even over the whole range: doubles of fast-check are mostly tiny. */
const SHARE: fc.Arbitrary<number> = fc.noBias(fc.integer({ min: 0, max: 9_999 })).map((n) => n / 10_000);

/** Ends each connection that is still in step; where the gateway is out of step with a strict reader, this shows it. */
export const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nConnection: close\r\n\r\n';

const oneOf = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const mostly = (usual: string, ...rare: string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 40, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: oneOf(...rare) });

const METHOD = fc.oneof(
  { weight: 30, arbitrary: oneOf('GET', 'POST') },
  { weight: 10, arbitrary: oneOf('PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH') },
  { weight: 1, arbitrary: oneOf('TRACE', 'CONNECT', 'BREW', 'get') },
);
const TARGET = mostly(
  '/x',
  '/',
  '*',
  '/a?b',
  '/x?',
  'http://a/x',
  'http://a',
  'https://a:443/y?z',
  'http://b/x',
  '//x',
  '/../x',
  '/%2e%2e/x',
  '/%41%7e',
  '/%c3%a9',
  '/%2f',
  '/%',
  '/a;b',
  '/a\\b',
  '/a#b',
  '/x?a=%2F..&b[]={}',
  'x',
  'a:80',
  '/%252f',
  '/%c0%af',
  '/a..b',
  "/!$&'()*+,=:@",
);
const VERSION = mostly('HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1', 'HTTP/0.9', 'RTSP/1.0', 'HTTP/1.1 ');
const SPACE = mostly(' ', '  ', '\t', '');
const HOST = mostly(
  'Host: a\r\n',
  '',
  'Host: b\r\n',
  'host:a\r\n',
  'Host: a\r\nHost: a\r\n',
  'Host: a:80\r\n',
  'Host: a,b\r\n',
  'Host:\r\n',
  'HOST: A.\r\n',
  'Host: [::1]\r\n',
);
const IDENTITY = mostly(
  'X-User-Id: 12307\r\n',
  '',
  'X-User-Id: 12307\r\nX-User-Id: 12307\r\n',
  'x-user-id:12312\r\n',
  'X-User-Id: \r\n',
  'X_User_Id: 12307\r\n',
  'X-User-Id: 123ab\r\n',
);
const FIELD = oneOf(
  'X: a\r\n',
  'x:b\r\n',
  'X:\r\n',
  'X: \t a \t\r\n',
  'X: \xe9\r\n',
  'X : a\r\n',
  ' X: a\r\n',
  'X: a\r\n b\r\n',
  'X: a\x01\r\n',
  'X: a\0b\r\n',
  'X(: a\r\n',
  ': a\r\n',
  'X\r\n',
  'X: a\n',
  'X: a\rb\r\n',
  'Cookie: a=1\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Connection: X, Y\r\n',
  'Connection: Host\r\n',
  'Connection: a b\r\n',
  'Connection:\r\n',
  'Keep-Alive: timeout=5\r\n',
  'Proxy-Connection: close\r\n',
  'TE: trailers\r\n',
  'Trailer: X-Sum\r\n',
  'Upgrade: websocket\r\n',
  'Upgrade: h2c\r\n',
  'Connection: Upgrade\r\nUpgrade: websocket\r\n',
  'HTTP2-Settings: AA\r\n',
  'Expect: 100-continue\r\n',
  'Expect: x\r\n',
  'ldc-user-id: 1\r\n',
  'ldc_unit: 1\r\n',
  'Forwarded: for=1.1.1.1\r\n',
  'X-Forwarded-For: 1.1.1.1\r\n',
  'X_Forwarded_For: 1\r\n',
  'X-Real-IP: 1.1.1.1\r\n',
  'X-Request-Id: me\r\n',
  'traceparent: x\r\n',
  'Content_Length: 5\r\n',
  'My_Field: 1\r\n',
  'X-HTTP-Method-Override: PUT\r\n',
  'X-Original-URL: /y\r\n',
  'Authorization: x\r\n',
  'Via: 1.1 a\r\n',
);
const GOOD_FIELD = oneOf(
  'X: a\r\n',
  'x:b\r\n',
  'X:\r\n',
  'X: \t a \t\r\n',
  'X: \xe9\r\n',
  'Cookie: a=1\r\n',
  'Connection: X, Y\r\n',
  'Connection: keep-alive\r\n',
  'Keep-Alive: timeout=5\r\n',
  'TE: trailers\r\n',
  'Trailer: X-Sum\r\n',
  'ldc-user-id: 1\r\n',
  'X-Forwarded-For: 1.1.1.1\r\n',
  'Expect: 100-continue\r\n',
);
const CHUNK = oneOf(
  '3\r\nabc\r\n',
  '1\r\na\r\n',
  'A\r\n0123456789\r\n',
  '003\r\nabc\r\n',
  '3;a=b\r\nabc\r\n',
  '3;a="b;c"\r\nabc\r\n',
  '5\r\n0\r\n\r\n\r\n',
  '3 \r\nabc\r\n',
  '3 ;a\r\nabc\r\n',
  '3;\r\nabc\r\n',
  '0x3\r\nabc\r\n',
  '3\nabc\r\n',
  '3\r\nabc\n',
  '3\r\nabcd\r\n',
  '4\r\nabc\r\n',
  '-3\r\nabc\r\n',
  'g\r\n',
  '\r\n',
  'fffffffffffffffff\r\n',
  '3;a\x01\r\nabc\r\n',
  '3\r\r\nabc\r\n',
  '+3\r\nabc\r\n',
  `00000000000000000003\r\nabc\r\n`,
);
const GOOD_CHUNK = oneOf(
  '3\r\nabc\r\n',
  '1\r\na\r\n',
  'b\r\nGET / HTTP/1\r\n',
  '10\r\n0123456789abcdef\r\n',
  '3;x\r\n\r\n\r\r\n',
);
const CHUNKS_END = mostly(
  '0\r\n\r\n',
  '0\r\nX-Sum: 1\r\n\r\n',
  '00\r\n\r\n',
  '0;a\r\n\r\n',
  '0\r\n',
  '0\r\nX : 1\r\n\r\n',
  '0\r\nX: 1\r\n y\r\n\r\n',
  '0\n\n',
  '',
  '0\r\nContent-Length: 5\r\n\r\n',
);

/** The fields that frame, the empty line and the body. */
const CHUNKED_BODY = fc
  .tuple(
    mostly(
      'Transfer-Encoding: chunked\r\n',
      'transfer-encoding:Chunked\r\n',
      'Transfer-Encoding: gzip, chunked\r\n',
      'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n',
      'Transfer-Encoding: xchunked\r\n',
      'Transfer-Encoding : chunked\r\n',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
      'Transfer-Encoding: \x0bchunked\r\n',
      'Transfer-Encoding:\r\n chunked\r\n',
    ),
    fc.array(fc.oneof({ weight: 5, arbitrary: GOOD_CHUNK }, { weight: 1, arbitrary: CHUNK }), { maxLength: 4 }),
    CHUNKS_END,
  )
  .map(([coding, chunks, end]) => `${coding}\r\n${chunks.join('')}${end}`);
const SIZED_BODY = fc
  .tuple(
    oneOf('', 'a', 'abc', 'GET /in HTTP/1.1\r\nHost: a\r\n\r\n', '0\r\n\r\n', '\r\n', '\0\xff'),
    mostly('=', '+1', '-1', '00', ',', 'x', '99999', '9007199254740993', ''),
  )
  .map(([body, how]) => `Content-Length: ${lengthText(body.length, how)}\r\n\r\n${body}`);
const BODY = fc.oneof(
  { weight: 3, arbitrary: fc.constant('\r\n') },
  { weight: 3, arbitrary: SIZED_BODY },
  { weight: 3, arbitrary: CHUNKED_BODY },
);

function lengthText(length: number, how: string): string {
  switch (how) {
    case '=':
      return `${length}`;
    case '+1':
      return `${length + 1}`;
    case '-1':
      return `${length - 1}`;
    case '00':
      return `00${length}`;
    case ',':
      return `${length}, ${length}`;
    case 'x':
      return `0x${length}`;
    default:
      return how;
  }
}

const MESSAGE = fc
  .tuple(
    METHOD,
    SPACE,
    TARGET,
    SPACE,
    VERSION,
    mostly('\r\n', '\n', '\r', '\r\r\n'),
    HOST,
    IDENTITY,
    fc.array(fc.oneof({ weight: 4, arbitrary: GOOD_FIELD }, { weight: 1, arbitrary: FIELD }), { maxLength: 3 }),
    BODY,
  )
  .map(([method, first, target, second, version, end, host, identity, fields, body]) =>
    [method, first, target, second, version, end, host, identity, ...fields, body].join(''),
  );

const PIECE = oneOf(
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\n\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '\x0b',
  '\x7f',
  '\x85',
  '\xff',
  '0',
  '1',
  'a',
  '%',
  '/',
  '"',
  '_',
  '-',
  'Host: b\r\n',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  'chunked',
  '0\r\n\r\n',
  'GET /in HTTP/1.1\r\n',
);

interface Mutation {
  readonly kind: 'insert' | 'replace' | 'delete' | 'repeat';
  /** Where, as a share of the length. */
  readonly at: number;
  readonly length: number;
  readonly piece: string;
}

const MUTATION: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('insert', 'replace', 'delete', 'repeat'),
  at: SHARE,
  length: fc.integer({ min: 1, max: 8 }),
  piece: PIECE,
});

function mutate(text: string, { kind, at, length, piece }: Mutation): string {
  const start = Math.min(text.length, Math.floor(at * text.length));
  const cut = text.slice(start, start + length);
  const [before, after] = [text.slice(0, start), text.slice(start + cut.length)];
  if (kind === 'insert') return before + piece + cut + after;
  if (kind === 'replace') return before + piece + text.slice(start + 1);
  return kind === 'delete' ? before + after : before + cut + cut + after;
}

/** Empty lines, one to three messages, some bytes changed, then a last good message; cut in two somewhere. */
export const CONNECTION: fc.Arbitrary<GeneratedConnection> = fc
  .tuple(
    mostly('', '\r\n', '\n', '\r\n\r\n', ' ', '\r'),
    fc.array(MESSAGE, { minLength: 1, maxLength: 3 }),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(MUTATION, { minLength: 1, maxLength: 3 }) },
    ),
    SHARE,
    fc.noBias(fc.integer({ min: 0, max: 2 })),
  )
  .map(([before, messages, mutations, share, third]) => {
    const bytes = mutations.reduce(mutate, before + messages.join('')) + LAST;
    return { bytes, cut: Math.max(1, Math.min(bytes.length - 1, Math.floor(share * bytes.length))), ends: third === 0 };
  });
