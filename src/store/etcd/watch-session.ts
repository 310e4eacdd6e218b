import type { IWatchCreateRequest, IWatchResponse } from 'etcd3';
import type { MonotonicMs } from '../../core/ids.ts';
import type { StoreAmbience } from '../hint-sink.ts';
import type { EtcdConnection, WatchStream } from './etcd-connection.ts';
import { EtcdFailure, failureKind } from './etcd-failure.ts';
import type { EtcdMember } from './etcd-member.ts';

export interface WatchListener {
  /** The server has the watch: every change from the start revision on will come. */
  established(): void;
  events(response: IWatchResponse): void;
}

/** One watch stream on one member, from its request to its end, with the watchdog. */
export class WatchSession {
  readonly #member: EtcdMember;
  readonly #ambience: StoreAmbience;
  readonly #listener: WatchListener;
  readonly #connection: EtcdConnection;
  readonly #over = Promise.withResolvers<never>();
  readonly #ending = new AbortController();
  #stream: WatchStream | undefined;
  #heardAt: MonotonicMs;

  constructor(member: EtcdMember, ambience: StoreAmbience, listener: WatchListener) {
    this.#member = member;
    this.#ambience = ambience;
    this.#listener = listener;
    this.#connection = member.connectForWatch();
    this.#heardAt = ambience.clock.monotonicMs();
    this.#over.promise.catch(() => {});
  }

  /** Opens the stream and delivers; never returns, throws the EtcdFailure that ended it. */
  async run(create: IWatchCreateRequest): Promise<never> {
    this.#watchdog();
    try {
      return await Promise.race([this.#open(create), this.#over.promise]);
    } finally {
      this.end('the session is over');
      this.#stream?.cancel();
      this.#connection.close();
    }
  }

  end(detail: string): void {
    this.#fail(new EtcdFailure('closed', this.#member.endpoint, detail));
  }

  async #open(create: IWatchCreateRequest): Promise<never> {
    const token = await this.#member.token(this.#ending.signal);
    const stream = this.#connection.watch(token);
    this.#stream = stream;
    // The listener for errors stays for good: after our cancel one more error comes, and it must find somebody.
    stream.on('error', (error) => this.#fail(this.#failure(error)));
    stream.on('end', () =>
      this.#fail(new EtcdFailure('unreachable', this.#member.endpoint, 'the server ended the watch stream')),
    );
    stream.on('data', (response) => this.#take(response));
    if (this.#ending.signal.aborted) stream.cancel();
    else stream.write({ create_request: create });
    return this.#over.promise;
  }

  #take(response: IWatchResponse): void {
    if (this.#ending.signal.aborted) return;
    this.#heardAt = this.#ambience.clock.monotonicMs();
    if (response.canceled) this.#fail(this.#cancelled(response));
    else if (response.created) this.#listener.established();
    else if (response.events.length > 0) this.#listener.events(response);
  }

  /**
   * Silence for `watchdogMs`, although progress was asked for, ends the session. It never moves the position: a time-out
   * that did lost changes for good in others' gateways.
   */
  #watchdog(): void {
    const { clock, settings } = this.#ambience;
    const check = (): void => {
      if (this.#ending.signal.aborted) return;
      const silentMs = clock.monotonicMs() - this.#heardAt;
      if (silentMs >= settings.watchdogMs) {
        this.#fail(
          new EtcdFailure(
            'timeout',
            this.#member.endpoint,
            `no sign of life for ${Math.round(silentMs)} ms (settings.watchdogMs)`,
          ),
        );
        return;
      }
      this.#stream?.write({ progress_request: {} });
      clock.setTimer(settings.watchdogMs / 4, check);
    };
    clock.setTimer(settings.watchdogMs / 4, check);
  }

  #cancelled(response: IWatchResponse): EtcdFailure {
    if (response.compact_revision !== '0') {
      return new EtcdFailure(
        'compacted',
        this.#member.endpoint,
        `everything before revision ${response.compact_revision} is compacted`,
      );
    }
    const kind = /permission denied|auth|token/i.test(response.cancel_reason) ? 'denied' : 'unreachable';
    return new EtcdFailure(kind, this.#member.endpoint, `the server cancelled the watch: ${response.cancel_reason}`);
  }

  #failure(error: Error & { code?: number; details?: string }): EtcdFailure {
    const details = error.details ?? error.message;
    return new EtcdFailure(failureKind(error.code ?? -1, details), this.#member.endpoint, details);
  }

  #fail(failure: EtcdFailure): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort(failure);
    this.#over.reject(failure);
  }
}
