import type { EventEmitter } from 'node:events';
import { isIPv6, type Socket } from 'node:net';
import { Client, Pool } from 'undici';
import type { Clock, Timer } from '../../core/clock.ts';
import type { CellTlsDocument } from '../../core/topology-document.ts';
import type { Upstream, UpstreamEvents, UpstreamRequest, UpstreamStream } from '../upstream.ts';
import { CoarseTimers } from '../wire/coarse-timers.ts';
import { CellExchange } from './cell-exchange.ts';
import type { CellSettings } from './cell-settings.ts';
import type { ExchangeWatch } from './exchange-watch.ts';
import { addressKey, type InstanceAddress } from './instance-address.ts';
import { instanceConnector } from './instance-connector.ts';
import { outgoingHead, outgoingText } from './outgoing-head.ts';
import { CellSockets } from './sockets/cell-sockets.ts';
import { SocketExchange, type SocketExchangeParts } from './sockets/socket-exchange.ts';

export interface CellUpstreamOptions {
  readonly address: InstanceAddress;
  readonly tls: CellTlsDocument | null;
  readonly settings: CellSettings;
  readonly clock: Clock;
}

/** undici emits `error` when a handler throws; without a listener that would end the process. */
function tolerantClient(origin: string | URL, options: Client.Options): Client {
  const client = new Client(origin, options);
  (client as EventEmitter).on('error', () => undefined);
  return client;
}

const UNWATCHED: ExchangeWatch = { started: () => undefined, settled: () => undefined };

/** The connections to one instance. Calls neither `admitted` nor `refused`: that is for the guard in front of it. */
export class CellUpstream implements Upstream {
  readonly #settings: CellSettings;
  readonly #clock: Clock;
  readonly #origin: string;
  readonly #options: Client.Options;
  readonly #pool: Pool;
  readonly #sockets: CellSockets;
  readonly #socketParts: SocketExchangeParts;
  readonly #exchanges = new Set<CellExchange>();
  /** Exchanges over our own connections; the others are in the set. */
  #sent = 0;
  readonly #connecting = new Set<Socket>();
  #idle: (() => void) | null = null;
  #closed: Promise<void> | null = null;

  constructor({ address, tls, settings, clock }: CellUpstreamOptions) {
    this.#settings = settings;
    this.#clock = clock;
    // Always `http:`, also over TLS: the connector alone decides about TLS, and with `https:` undici would tear down a
    // connection whenever two requests in a row have different Host fields.
    this.#origin = `http://${isIPv6(address.host) ? addressKey(address) : `${address.host}:${address.port}`}`;
    const { connectAttemptMs: attemptMs } = settings;
    const parts = { address, tls, attemptMs, clock, connecting: this.#connecting };
    const connect = instanceConnector(parts);
    this.#sockets = new CellSockets(
      instanceConnector({ ...parts, hasPlainReads: true }),
      settings,
      CoarseTimers.of(clock),
    );
    const ended = (): void => {
      this.#sent -= 1;
      if (this.#isQuiet) this.#idle?.();
    };
    this.#socketParts = { sockets: this.#sockets, settings, clock, ended };
    this.#options = {
      connect,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: settings.keepAliveIdleMs,
      keepAliveMaxTimeout: settings.keepAliveMaxMs,
      maxHeaderSize: settings.maxResponseHeadBytes,
      // Our own limits have their own codes and are exact to the millisecond; undici's fire half a second late.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.#pool = new Pool(this.#origin, {
      ...this.#options,
      connections: settings.maxConnectionsPerInstance,
      factory: (origin, options) => tolerantClient(origin, options),
    });
  }

  /** Established connections, idle ones included; upgraded ones are not counted. */
  get connections(): number {
    return this.#pool.stats.connected + this.#sockets.size;
  }

  /** `watch.started` may be called before this returns. */
  open(request: UpstreamRequest, events: UpstreamEvents, watch: ExchangeWatch = UNWATCHED): UpstreamStream {
    return request.upgrade === null ? this.#send(request, events, watch) : this.#upgrade(request, events, watch);
  }

  #send(request: UpstreamRequest, events: UpstreamEvents, watch: ExchangeWatch): UpstreamStream {
    const head = outgoingText(request);
    const exchange = new SocketExchange(request, head.ok ? head.text : '', events, watch, this.#socketParts);
    this.#sent += 1;
    if (head.ok) exchange.begin();
    else exchange.unconnected({ code: 'INTERNAL', executed: 'no', detail: head.detail });
    return exchange;
  }

  #upgrade(request: UpstreamRequest, events: UpstreamEvents, watch: ExchangeWatch): UpstreamStream {
    const exchange = this.#exchange(request, events, watch);
    exchange.begin(this.#pool, outgoingHead(request));
    return exchange;
  }

  /** On a connection of its own, closed after it: a health check must not wait behind a full pool. */
  openAlone(request: UpstreamRequest, events: UpstreamEvents): UpstreamStream {
    const client = this.#fresh();
    const close = (): void => void client.destroy().catch(() => undefined);
    const exchange = this.#exchange(request, events, { started: () => undefined, settled: () => setImmediate(close) });
    exchange.begin(client, outgoingHead(request));
    return exchange;
  }

  /** Lets exchanges end for up to `graceMs`, then ends them; new ones fail as not executed. Never rejects. */
  close(graceMs: number): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    void this.#pool.close().catch(() => undefined);
    this.#sockets.close();
    let timer: Timer | null = null;
    await new Promise<void>((resolve) => {
      if (this.#isQuiet || graceMs <= 0) return resolve();
      this.#idle = resolve;
      timer = this.#clock.setTimer(graceMs, resolve);
    });
    (timer as Timer | null)?.cancel();
    for (const exchange of [...this.#exchanges]) exchange.terminate('the instance was taken away');
    this.#sockets.terminate('the instance was taken away');
    for (const socket of [...this.#connecting]) socket.destroy();
    await this.#pool.destroy().catch(() => undefined);
  }

  #exchange(request: UpstreamRequest, events: UpstreamEvents, watch: ExchangeWatch): CellExchange {
    const exchange: CellExchange = new CellExchange(
      request,
      events,
      {
        started: () => watch.started(),
        settled: (outcome, detail) => {
          this.#ended(exchange);
          watch.settled(outcome, detail);
        },
      },
      { clock: this.#clock, settings: this.#settings, fresh: () => this.#fresh() },
    );
    this.#exchanges.add(exchange);
    return exchange;
  }

  get #isQuiet(): boolean {
    return this.#sent === 0 && this.#exchanges.size === 0;
  }

  #ended(exchange: CellExchange): void {
    this.#exchanges.delete(exchange);
    if (this.#isQuiet) this.#idle?.();
  }

  #fresh(): Client {
    return tolerantClient(this.#origin, this.#options);
  }
}
