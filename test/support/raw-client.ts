import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from './eventually.ts';

/** One answer as its exact bytes came. */
export interface RawAnswer {
  readonly status: number;
  /** Start line and field lines with their line ends, without the empty line. */
  readonly head: string;
  /** The body without chunks. */
  readonly body: string;
  /** Field lines behind the last chunk. */
  readonly trailers: string;
  /** It was whole by its own framing; false where only the connection's end ended it. */
  readonly isDelimited: boolean;
}

/** A client that writes bytes as they are and reads answers by nothing but their own framing. */
export class RawClient {
  readonly socket: Socket;
  /** All that came, latin1. */
  received = '';
  isClosed = false;
  wasReset = false;
  hasEnded = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
    });
    socket.on('end', () => {
      this.hasEnded = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') this.wasReset = true;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async connect(port: number, allowHalfOpen = true): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen, noDelay: true });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  send(text: string): void {
    if (this.socket.writable) this.socket.write(Buffer.from(text, 'latin1'));
  }

  /** Waits for so many whole answers (informational ones included) and returns all that came. `methods`: of the final ones, in order. */
  async answers(count: number, methods: readonly string[] = []): Promise<RawAnswer[]> {
    return eventually(
      () => `${count} answers; came: ${JSON.stringify(this.received.slice(0, 2000))}${this.isClosed ? ', closed' : ''}`,
      () => {
        const answers = parseAnswers(this.received, methods, this.hasEnded || this.isClosed);
        if (answers.length >= count) return answers;
        if (this.isClosed) throw new Error('closed');
        return null;
      },
    );
  }

  get isOver(): boolean {
    return this.hasEnded || this.isClosed;
  }

  /** The whole answers that have come so far, informational ones included. */
  whole(methods: readonly string[] = []): RawAnswer[] {
    return parseAnswers(this.received, methods, this.isOver);
  }

  /** Waits until the other side has ended the connection. */
  async ended(): Promise<void> {
    await eventually(
      () => `the connection ends; came: ${JSON.stringify(this.received.slice(0, 2000))}`,
      () => this.hasEnded || this.isClosed,
    );
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The whole answers at the beginning of `text`; `most`: final ones to look at, nothing is made of what is behind them. */
export function parseAnswers(
  text: string,
  methods: readonly string[] = [],
  isOver = false,
  most = Number.POSITIVE_INFINITY,
): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let finals = 0;
  let rest = text;
  for (;;) {
    if (finals >= most) return answers;
    const parsed = parseAnswer(rest, methods[finals] ?? 'GET', isOver);
    if (parsed === null) return answers;
    answers.push(parsed.answer);
    if (parsed.answer.status >= 200) finals += 1;
    if (parsed.answer.status === 101) return answers;
    rest = rest.slice(parsed.length);
  }
}

function parseAnswer(text: string, method: string, isOver: boolean): { answer: RawAnswer; length: number } | null {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const head = text.slice(0, end + 2);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) throw new Error(`not an answer: ${JSON.stringify(head)}`);
  const at = end + 4;
  const bare = { status, head, body: '', trailers: '', isDelimited: true };
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return { answer: bare, length: at };
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head);
  if (length !== null) {
    const stop = at + Number(length[1]);
    return text.length < stop ? null : { answer: { ...bare, body: text.slice(at, stop) }, length: stop };
  }
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) return parseChunked(text, at, bare);
  return isOver ? { answer: { ...bare, body: text.slice(at), isDelimited: false }, length: text.length } : null;
}

function parseChunked(text: string, start: number, bare: RawAnswer): { answer: RawAnswer; length: number } | null {
  let body = '';
  for (let at = start; ; ) {
    const line = text.indexOf('\r\n', at);
    if (line === -1) return null;
    const size = Number.parseInt(text.slice(at, line), 16);
    if (size === 0) {
      const end = text.startsWith('\r\n', line + 2) ? line + 2 : text.indexOf('\r\n\r\n', line + 2) + 2;
      if (end < line + 2 || text.length < end + 2) return null;
      return { answer: { ...bare, body, trailers: text.slice(line + 2, end) }, length: end + 2 };
    }
    if (text.length < line + 2 + size + 2) return null;
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}
