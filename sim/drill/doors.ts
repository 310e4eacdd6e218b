import { Agent, type Dispatcher, request } from 'undici';

/** What one try came to. */
export type Try =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly requestId: string;
      readonly retryAfterMs: number | null;
    }
  /** No connection, no whole answer, or none in time. */
  | { readonly kind: 'none'; readonly detail: string };

export interface DoorCall {
  readonly dataCenter: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
}

const MOST_CONNECTIONS = 256;
const MOST_BODY = 64 * 1024;

/** The gateways' doors as clients reach them: any gateway of a data center, in turn. Adapter: opens sockets. */
export class Doors {
  readonly #ports: ReadonlyMap<string, readonly number[]>;
  readonly #agent = new Agent({
    connections: MOST_CONNECTIONS,
    pipelining: 1,
    maxResponseSize: MOST_BODY,
    connect: { timeout: 2_000 },
  });
  #turn = 0;

  constructor(gateways: readonly { readonly dataCenter: string; readonly door: number }[]) {
    const ports = new Map<string, number[]>();
    for (const { dataCenter, door } of gateways) ports.set(dataCenter, [...(ports.get(dataCenter) ?? []), door]);
    this.#ports = ports;
  }

  async call({ dataCenter, method, path, headers, body, timeoutMs }: DoorCall): Promise<Try> {
    const ports = this.#ports.get(dataCenter) ?? [];
    this.#turn += 1;
    const port = ports[this.#turn % ports.length] ?? 0;
    try {
      const answer = await request(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { ...headers },
        body,
        signal: AbortSignal.timeout(timeoutMs),
        dispatcher: this.#agent,
      });
      return { kind: 'answer', ...told(answer), body: await answer.body.text() };
    } catch (error) {
      return { kind: 'none', detail: words(error as NodeJS.ErrnoException, timeoutMs) };
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function told({ statusCode, headers }: Dispatcher.ResponseData) {
  const seconds = Number(headers['retry-after']);
  return {
    status: statusCode,
    requestId: String(headers['x-request-id'] ?? ''),
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null,
  };
}

function words({ name, code, message }: NodeJS.ErrnoException, timeoutMs: number): string {
  return name === 'TimeoutError' ? `no answer within ${timeoutMs} ms` : (code ?? message);
}
