import assert from 'node:assert/strict';
import type {
  HeaderList,
  Refusal,
  UpstreamEvents,
  UpstreamFailure,
  UpstreamRequest,
} from '../../src/gateway/upstream.ts';
import { eventually } from './eventually.ts';

/** A request to any upstream; what matters to a test is given, the rest is harmless. */
export function upstreamRequest(part: Partial<UpstreamRequest> = {}): UpstreamRequest {
  const safe = ['GET', 'HEAD', 'OPTIONS'].includes(part.method ?? 'GET');
  return {
    claim: { shard: 7, epoch: 3, unit: 'RZ01', cell: 'RZ01A', safe } as UpstreamRequest['claim'],
    method: 'GET',
    target: '/',
    headers: ['Host', 'cell.example'],
    body: 'none',
    upgrade: null,
    requestId: 'request-1',
    limits: { connectMs: 20_000, responseHeadMs: 20_000, bodyIdleMs: 20_000 },
    ...part,
  };
}

/** Keeps what an upstream tells, and any breach of the order that the port promises. */
export class UpstreamRecorder implements UpstreamEvents {
  readonly informationals: { status: number; headers: HeaderList }[] = [];
  readonly chunks: Uint8Array[] = [];
  readonly breaches: string[] = [];
  status = 0;
  headers: HeaderList = [];
  bytes = 0;
  drains = 0;
  trailers: HeaderList | null = null;
  failure: UpstreamFailure | null = null;
  refusal: Refusal | null = null;
  /** Set to false to count bytes only. */
  keep = true;
  onData: (chunk: Uint8Array) => void = () => undefined;
  onHead: () => void = () => undefined;
  onDrain: () => void = () => undefined;

  get over(): boolean {
    return this.trailers !== null || this.failure !== null || this.refusal !== null;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  admitted(): void {
    this.#expect(this.status === 0, 'admitted after the head');
  }

  refused(refusal: Refusal): void {
    this.#expect(!this.over, 'refused after the end');
    this.refusal = refusal;
  }

  informational(status: number, headers: HeaderList): void {
    this.#expect(!this.over && this.status === 0, 'informational too late');
    this.informationals.push({ status, headers });
  }

  head(status: number, headers: HeaderList): void {
    this.#expect(!this.over && this.status === 0, 'a second head');
    this.status = status;
    this.headers = headers;
    this.onHead();
  }

  data(chunk: Uint8Array): void {
    this.#expect(!this.over && this.status !== 0, 'data outside the body');
    this.bytes += chunk.length;
    if (this.keep) this.chunks.push(Uint8Array.from(chunk));
    this.onData(chunk);
  }

  end(trailers: HeaderList): void {
    this.#expect(!this.over && this.status !== 0, 'end out of order');
    this.trailers = trailers;
  }

  failed(failure: UpstreamFailure): void {
    this.#expect(!this.over, 'failed after the end');
    this.failure = failure;
  }

  drain(): void {
    this.drains += 1;
    this.onDrain();
  }

  /** Waits for the end of the answer and asserts that it is complete. */
  async ended(): Promise<void> {
    await eventually('the exchange is over', () => this.over);
    assert.deepEqual(this.failure, null);
    assert.deepEqual(this.refusal, null);
    assert.deepEqual(this.breaches, []);
  }

  /** Waits for the failure and returns `CODE/executed`. */
  async failedAs(): Promise<string> {
    await eventually('the exchange is over', () => this.over);
    assert.deepEqual(this.breaches, []);
    assert.notEqual(this.failure, null, `an answer ${this.status} instead of a failure`);
    return `${this.failure?.code}/${this.failure?.executed}`;
  }

  #expect(holds: boolean, breach: string): void {
    if (!holds) this.breaches.push(breach);
  }
}
