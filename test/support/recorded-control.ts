import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a control node answered once. */
export interface RecordedAnswer {
  readonly status?: number;
  readonly body?: object;
  /** Instead of a body: a stream of events by name, and how it ends; `silence`: it does not. */
  readonly events?: readonly (readonly [name: string, data: object])[];
  readonly ending?: 'end' | 'cut' | 'silence';
  /** The connection is cut instead of an answer. */
  readonly isLost?: boolean;
}

/** `POST /v1/plans` → its answers one after the other; the last one again and again. */
export type Recording = Readonly<Record<string, readonly RecordedAnswer[]>>;

export interface RecordedCall {
  readonly call: string;
  readonly body: unknown;
  readonly key: string | undefined;
}

/** A control node that gives recorded answers on a real socket, and keeps what it was asked. */
export class RecordedControl {
  readonly url: string;
  readonly calls: RecordedCall[];
  readonly #server: Server;

  private constructor(server: Server, calls: RecordedCall[]) {
    this.#server = server;
    this.calls = calls;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(recording: Recording): Promise<RecordedControl> {
    const calls: RecordedCall[] = [];
    const server = createServer((request, response) => {
      request.on('error', () => {});
      response.on('error', () => {});
      void answer(request, response, recording, calls);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RecordedControl(server, calls);
  }

  /** Goes away as a killed process does. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  recording: Recording,
  calls: RecordedCall[],
): Promise<void> {
  const text = await bodyOf(request);
  const call = `${request.method} ${request.url}`;
  const earlier = calls.filter((other) => other.call === call).length;
  const key = request.headers['idempotency-key'];
  calls.push({ call, body: text === '' ? null : JSON.parse(text), key: typeof key === 'string' ? key : undefined });
  const answers = recording[call] ?? [];
  const recorded = answers[Math.min(earlier, answers.length - 1)] ?? notFound(call);
  if (recorded.isLost === true) {
    request.socket.destroy();
  } else if (recorded.events === undefined) {
    response.writeHead(recorded.status ?? 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(recorded.body));
  } else {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': begin\n\n');
    for (const [name, data] of recorded.events) response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    if (recorded.ending === 'cut') response.write('event: operation\ndata: {"id', () => request.socket.destroy());
    else if (recorded.ending !== 'silence') response.end();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function notFound(call: string): RecordedAnswer {
  const error = { code: 'NOT_FOUND', message: 'the control API has no such call', detail: call, next: '' };
  return { status: 404, body: { error } };
}
