import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { UpstreamEvents, UpstreamFailure, UpstreamRequest, UpstreamStream } from '../upstream.ts';
import { Deadline } from './deadline.ts';
import type { ExchangeContext } from './exchange-context.ts';
import { expiryFailure } from './exchange-expiry.ts';
import { exchangeFailure, isLostConnection } from './exchange-failure.ts';
import type { ExchangeOutcome, ExchangeWatch } from './exchange-watch.ts';
import { headerList, type OutgoingHead } from './outgoing-head.ts';
import { RequestBody } from './request-body.ts';
import { brokenResponseRule } from './response-rules.ts';
import { Tunnel } from './tunnel.ts';

const BODY_HIGH_WATER_MARK = 64 * 1024;
const CANCELLED = new Error('the request was cancelled');

/** One request at one instance, over undici's `dispatch`. */
export class CellExchange implements UpstreamStream {
  readonly #request: UpstreamRequest;
  readonly #events: UpstreamEvents;
  readonly #watch: ExchangeWatch;
  readonly #context: ExchangeContext;
  readonly #deadline: Deadline;
  readonly #body: RequestBody | null;
  /** Only of a request that asks for an upgrade. */
  readonly #tunnel: Tunnel | null;
  #controller: Dispatcher.DispatchController | null = null;
  #fresh: Dispatcher | null = null;
  #started = false;
  #written = false;
  #sent = false;
  #responding = false;
  #status = 0;
  #paused = false;
  /** The last event was given; no other may follow. */
  #told = false;
  #settled = false;

  constructor(request: UpstreamRequest, events: UpstreamEvents, watch: ExchangeWatch, context: ExchangeContext) {
    this.#request = request;
    this.#events = events;
    this.#watch = watch;
    this.#context = context;
    this.#deadline = new Deadline(context.clock, () => this.#expired());
    const hasBody = request.body !== 'none' && request.body !== 0;
    this.#body = hasBody ? new RequestBody(BODY_HIGH_WATER_MARK, () => this.#drained()) : null;
    this.#tunnel = request.upgrade === null ? null : this.#makeTunnel();
  }

  /**
   * Sends the request. Not within this call: undici's parser is one for all connections and must not be entered again
   * from a callback of its own, from where this may be called.
   */
  begin(dispatcher: Dispatcher, head: OutgoingHead): void {
    if (this.#settled) return;
    if (!head.ok) {
      queueMicrotask(() => this.#fail({ code: 'INTERNAL', executed: 'no', detail: head.detail }));
      return;
    }
    this.#deadline.start(this.#request.limits.connectMs);
    queueMicrotask(() => {
      if (!this.#settled) this.#dispatch(dispatcher, head);
    });
  }

  write(chunk: Uint8Array): boolean {
    if (this.#settled) return true;
    const waiting = this.#tunnel?.heldBytes ?? this.#body?.readableLength ?? 0;
    if (waiting > this.#context.settings.maxBodyBufferBytes && !this.#tunnel?.open) return this.#overrun();
    if (this.#tunnel === null) return this.#body?.write(chunk) ?? true;
    if (this.#tunnel.open) this.#deadline.touch();
    return this.#tunnel.write(chunk);
  }

  end(): void {
    this.#tunnel?.end();
    this.#body?.finish();
  }

  cancel(): void {
    this.#told = true;
    this.#settle('cancelled');
  }

  pause(): void {
    this.#paused = true;
    this.#tunnel?.pause();
    if (this.#tunnel?.open) return;
    this.#controller?.pause();
    // Whoever pauses bounds its own wait; the instance cannot be blamed for a silence that we asked for.
    if (this.#status !== 0) this.#deadline.stop();
  }

  resume(): void {
    if (!this.#paused || this.#settled) return;
    this.#paused = false;
    this.#tunnel?.resume();
    if (this.#tunnel?.open) return;
    if (this.#status !== 0) this.#deadline.start(this.#request.limits.bodyIdleMs);
    // Later, for the reason given at `begin`.
    queueMicrotask(() => {
      if (!this.#paused && !this.#settled) this.#controller?.resume();
    });
  }

  /** Ends the exchange from our side: its instance was taken away. */
  terminate(detail: string): void {
    const executed = this.#written ? 'unknown' : 'no';
    this.#fail({ code: this.#written ? 'CELL_RESET' : 'CONNECT_FAILED', executed, detail });
  }

  #dispatch(dispatcher: Dispatcher, head: OutgoingHead & { readonly ok: true }): void {
    const { method, upgrade } = this.#request;
    const own = this.#fresh !== null;
    dispatcher.dispatch(
      {
        path: head.path,
        method,
        headers: head.headers,
        body: this.#body,
        upgrade,
        // After HEAD undici would close the connection, in fear of servers that send a body.
        ...(own ? { reset: true } : method === 'HEAD' ? { reset: false } : {}),
      },
      {
        onRequestStart: (controller) => this.#requestStart(controller),
        onBodySent: () => this.#bodySent(),
        onRequestSent: () => this.#requestSent(),
        onResponseStarted: () => {
          this.#responding = true;
        },
        onRequestUpgrade: (controller, status, _headers, socket) => this.#upgraded(controller, status, socket),
        onResponseStart: (controller, status) => this.#responseStart(controller, status),
        onResponseData: (_controller, chunk) => this.#responseData(chunk),
        onResponseEnd: (controller) => this.#responseEnd(controller),
        onResponseError: (_controller, error) => this.#responseError(error, head),
      },
    );
  }

  #requestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, not aborted: that drops the request and leaves the connection, which nothing was written to, to the next.
    if (this.#settled) throw CANCELLED;
    this.#controller = controller;
    if (this.#paused) controller.pause();
    this.#deadline.start(this.#request.limits.bodyIdleMs);
    if (this.#started) return;
    this.#started = true;
    this.#watch.started();
    if (this.#settled) throw CANCELLED;
  }

  #bodySent(): void {
    this.#written = true;
    if (!this.#paused || this.#status === 0) this.#deadline.touch();
  }

  #requestSent(): void {
    this.#written = true;
    this.#sent = true;
    if (!this.#settled && this.#status === 0) this.#deadline.start(this.#request.limits.responseHeadMs);
  }

  #responseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#told) return;
    const headers = headerList(controller.rawHeaders);
    const rule = brokenResponseRule(status, headers);
    if (rule !== null) {
      this.#fail({ code: 'BAD_RESPONSE', executed: 'unknown', detail: rule });
      return;
    }
    if (status < 200) {
      this.#events.informational(status, headers);
      return;
    }
    this.#status = status;
    this.#tunnel?.discard();
    if (this.#paused) this.#deadline.stop();
    else this.#deadline.start(this.#request.limits.bodyIdleMs);
    this.#events.head(status, headers);
  }

  #responseData(chunk: Uint8Array): void {
    if (this.#told) return;
    this.#deadline.touch();
    this.#events.data(chunk);
  }

  #responseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#told) return;
    this.#told = true;
    const trailers = headerList(controller.rawTrailers);
    this.#settle(this.#status);
    this.#events.end(trailers);
  }

  #responseError(error: Error, head: OutgoingHead): void {
    if (this.#settled) return;
    if (this.#mayRepeat() && isLostConnection(error)) {
      this.#fresh = this.#context.fresh();
      this.#controller = null;
      this.begin(this.#fresh, head);
      return;
    }
    this.#fail(exchangeFailure(error, { written: this.#written, answered: this.#status !== 0 }));
  }

  /** RFC 9110 §9.2.2: only a safe request without a body, and once. */
  #mayRepeat(): boolean {
    const { claim, body, upgrade } = this.#request;
    const bare = body === 'none' && upgrade === null && claim.safe;
    return bare && this.#started && !this.#responding && this.#fresh === null;
  }

  #upgraded(controller: Dispatcher.DispatchController, status: number, socket: Duplex): void {
    if (!this.#settled) {
      this.#status = status;
      this.#deadline.start(this.#context.settings.tunnelIdleMs);
      this.#events.head(status, headerList(controller.rawHeaders));
    }
    // Cancelled just now or before: the socket is nobody's but ours.
    if (this.#settled) socket.on('error', () => undefined).destroy();
    else this.#tunnel?.attach(socket, this.#paused);
  }

  #makeTunnel(): Tunnel {
    return new Tunnel({
      data: (chunk) => this.#responseData(chunk),
      end: () => this.#tunnelEnd(),
      drain: () => this.#drained(),
      failed: (error) => this.#fail(exchangeFailure(error, { written: true, answered: true })),
      closed: () => this.#tunnelClosed(),
    });
  }

  #tunnelEnd(): void {
    if (this.#told) return;
    this.#told = true;
    this.#events.end([]);
  }

  #tunnelClosed(): void {
    if (this.#told) this.#settle(this.#status);
    else this.#fail({ code: 'CELL_RESET', executed: 'unknown', detail: 'the upgraded connection closed' });
  }

  #overrun(): boolean {
    const limit = this.#context.settings.maxBodyBufferBytes;
    const detail = `a body was written on without waiting for drain, over ${limit} bytes (cells.maxBodyBufferBytes)`;
    this.#fail({ code: 'INTERNAL', executed: this.#written ? 'unknown' : 'no', detail });
    return true;
  }

  #drained(): void {
    if (!this.#settled) this.#events.drain();
  }

  #expired(): void {
    this.#fail(
      expiryFailure({
        limits: this.#request.limits,
        tunnelIdleMs: this.#tunnel?.open ? this.#context.settings.tunnelIdleMs : null,
        connected: this.#controller !== null,
        written: this.#written,
        sent: this.#sent,
        answered: this.#status !== 0,
        bodyWaits: (this.#body?.readableLength ?? 0) > 0,
      }),
    );
  }

  #fail(failure: UpstreamFailure): void {
    if (this.#told) {
      this.#settle(this.#status);
      return;
    }
    this.#told = true;
    this.#settle(failure.code, `${failure.code}: ${failure.detail}`);
    this.#events.failed(failure);
  }

  /** Lets go of everything; before the last event, so that its receiver finds the place at the instance free. */
  #settle(outcome: ExchangeOutcome, detail: string | null = null): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#deadline.stop();
    const answered = typeof outcome === 'number';
    this.#tunnel?.destroy();
    if (!answered) this.#controller?.abort(CANCELLED);
    if (!answered || this.#body?.readableEnded === false) this.#body?.destroy();
    if (this.#fresh !== null) void (answered ? this.#fresh.close() : this.#fresh.destroy()).catch(() => undefined);
    this.#watch.settled(outcome, detail);
  }
}
