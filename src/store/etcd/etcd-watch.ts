import type { IRangeResponse, IWatchResponse } from 'etcd3';
import type { Timer } from '../../core/clock.ts';
import type { HintSink, StoreAmbience } from '../hint-sink.ts';
import { EtcdFailure } from './etcd-failure.ts';
import type { EtcdMember } from './etcd-member.ts';
import type { EtcdMembers } from './etcd-members.ts';
import { type EtcdRequest, rangeEnd } from './etcd-request.ts';
import { WatchPosition } from './watch-position.ts';
import { WatchSession } from './watch-session.ts';

/**
 * The loop behind one watch: find out where the store is, connect, deliver until it breaks, pause, again. etcd3's own
 * watch is not used: it loses events at the second disconnect and ends for good at a compaction.
 */
export class EtcdWatch {
  readonly #sink: HintSink;
  readonly #members: EtcdMembers;
  readonly #request: EtcdRequest;
  readonly #ambience: StoreAmbience;
  readonly #position = new WatchPosition();
  #session: WatchSession | undefined;
  #pause: Timer | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(sink: HintSink, members: EtcdMembers, request: EtcdRequest, ambience: StoreAmbience) {
    this.#sink = sink;
    this.#members = members;
    this.#request = request;
    this.#ambience = ambience;
    // Not from inside the caller's `watch`: its hint may come before it has the handle.
    this.#pause = ambience.clock.setTimer(0, () => void this.#run());
  }

  close(): void {
    this.#isClosed = true;
    this.#sink.close();
    this.#pause?.cancel();
    this.#session?.end('the watch was closed');
  }

  async #run(): Promise<void> {
    const member = this.#members.current();
    try {
      await this.#once(member);
    } catch (error) {
      if (this.#isClosed) return;
      const detail = error instanceof Error ? error.message : String(error);
      this.#failures += 1;
      const againInMs = this.#backoffMs();
      this.#ambience.observe({ kind: 'watch-broken', prefix: this.#sink.prefix, detail, againInMs });
      this.#pause = this.#ambience.clock.setTimer(againInMs, () => void this.#run());
    }
  }

  /** One connection's life; always ends by throwing why. */
  async #once(begin: EtcdMember): Promise<never> {
    const { clock, settings } = this.#ambience;
    const deadline = clock.monotonicMs() + settings.readMs;
    const { answer, member } = await this.#members.repeat(this.#request.revision(), deadline);
    if (this.#isClosed) throw new EtcdFailure('closed', begin.endpoint, 'the watch was closed');
    const reason = this.#position.resume((answer as IRangeResponse).header);
    if (reason !== undefined)
      this.#ambience.observe({ kind: 'watch-lagged', prefix: this.#sink.prefix, detail: reason });
    const key = this.#request.bytes(this.#sink.prefix);
    const session = new WatchSession(member, this.#ambience, {
      established: () => this.#stand(member, reason),
      events: (response) => this.#deliver(response),
    });
    this.#session = session;
    try {
      return await session.run({
        key,
        range_end: rangeEnd(key),
        start_revision: this.#position.next,
        progress_notify: true,
        fragment: true,
      });
    } catch (failure) {
      this.#judge(member, failure);
      throw failure;
    }
  }

  #stand(member: EtcdMember, reason: string | undefined): void {
    this.#failures = 0;
    const revision = this.#position.next;
    this.#ambience.observe({
      kind: 'watch-established',
      prefix: this.#sink.prefix,
      endpoint: member.endpoint,
      revision,
    });
    this.#sink.lagged(reason ?? `the watch stands from revision ${revision} on`);
  }

  #deliver(response: IWatchResponse): void {
    this.#sink.changed([...new Set(response.events.map((event) => this.#request.key(event.kv.key)))]);
    this.#position.take(response);
  }

  #judge(member: EtcdMember, failure: unknown): void {
    if (this.#isClosed || !(failure instanceof EtcdFailure)) return;
    if (failure.kind === 'compacted') {
      this.#position.lose();
      this.#ambience.observe({ kind: 'watch-lagged', prefix: this.#sink.prefix, detail: failure.message });
    } else {
      if (failure.kind === 'token' || failure.kind === 'denied') member.forgetToken();
      this.#members.leave(member, `watch: ${failure.message}`);
    }
  }

  /** Doubles from `backoffMinMs` to `backoffMaxMs`, half of it by chance. */
  #backoffMs(): number {
    const { random, settings } = this.#ambience;
    const full = Math.min(settings.backoffMaxMs, settings.backoffMinMs * 2 ** Math.min(this.#failures - 1, 16));
    return full * (0.5 + random.next() / 2 ** 33);
  }
}
