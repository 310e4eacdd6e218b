import type { RunningInstance } from '../../src/reference-unit/data-center-process.ts';

/** What the gateway would say about a request; `null` leaves a header out. */
export interface GatewaySays {
  readonly shard?: string | null;
  readonly epoch?: string | null;
  readonly unit?: string | null;
  readonly cell?: string | null;
  readonly 'data-center'?: string | null;
  readonly primary?: string | null;
  readonly 'user-id'?: string | null;
  readonly 'request-id'?: string | null;
}

/** Cells and primaries of the reference topology that tests ask. */
const DATA_CENTER_OF: Readonly<Record<string, string>> = { A: 'hz-a', B: 'hz-b' };

/** The headers that a gateway adds to a request for the instance; by default those of user 100007 of shard 07. */
export function gatewayHeaders(instance: RunningInstance, says: GatewaySays = {}): Record<string, string> {
  const dataCenter = DATA_CENTER_OF[instance.cell.at(-1) ?? ''] ?? 'hz-a';
  const all: GatewaySays = {
    shard: instance.kind === 'G' ? 'G' : '07',
    epoch: '3',
    unit: instance.unit,
    cell: instance.cell,
    'data-center': dataCenter,
    primary: 'hz-a',
    'user-id': instance.kind === 'R' ? '100007' : null,
    'request-id': 'r-1',
    ...says,
  };
  const present = Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(present.map(([name, value]) => [`ldc-${name}`, value]));
}

export interface CellAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever JSON came.
  readonly body: any;
  readonly text: string;
}

export interface CellAsk {
  readonly method?: string;
  readonly says?: GatewaySays;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** One request as the gateway would send it. */
export async function askCell(instance: RunningInstance, path: string, ask: CellAsk = {}): Promise<CellAnswer> {
  const hasBody = ask.body !== undefined;
  const response = await fetch(`http://${instance.address}${path}`, {
    method: ask.method ?? (hasBody ? 'POST' : 'GET'),
    headers: {
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...gatewayHeaders(instance, ask.says),
      ...ask.headers,
    },
    ...(hasBody ? { body: typeof ask.body === 'string' ? ask.body : JSON.stringify(ask.body) } : {}),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
}
