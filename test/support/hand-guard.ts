import type {
  HeaderList,
  Upstream,
  UpstreamEvents,
  UpstreamRequest,
  UpstreamStream,
} from '../../src/gateway/upstream.ts';

/** One request as it came through to a guard and the cell behind it; the test answers it by hand. */
export class HandExchange implements UpstreamStream {
  readonly request: UpstreamRequest;
  readonly events: UpstreamEvents;
  readonly chunks: Buffer[] = [];
  bytes = 0;
  trailers: HeaderList | null = null;
  isCancelled = false;
  isPaused = false;
  /** What `write` says. */
  takesMore = true;
  keeps = true;

  constructor(request: UpstreamRequest, events: UpstreamEvents) {
    this.request = request;
    this.events = events;
  }

  get body(): Buffer {
    return Buffer.concat(this.chunks);
  }

  write(chunk: Uint8Array): boolean {
    this.bytes += chunk.length;
    if (this.keeps) this.chunks.push(Buffer.from(chunk));
    return this.takesMore;
  }

  end(trailers: HeaderList = []): void {
    this.trailers = trailers;
  }

  cancel(): void {
    this.isCancelled = true;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

/** A guard with a cell behind it, both moved by a test's hand. */
export class HandGuard implements Upstream {
  readonly exchanges: HandExchange[] = [];
  /** Called for each request, before `open` returns. */
  onOpen: (exchange: HandExchange) => void = () => undefined;

  get last(): HandExchange {
    const exchange = this.exchanges.at(-1);
    if (exchange === undefined) throw new Error('no request came through');
    return exchange;
  }

  open(request: UpstreamRequest, events: UpstreamEvents): UpstreamStream {
    const exchange = new HandExchange(request, events);
    this.exchanges.push(exchange);
    this.onOpen(exchange);
    return exchange;
  }
}
