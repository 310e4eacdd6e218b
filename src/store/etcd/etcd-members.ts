import { CodedError } from '../../errors.ts';
import type { StoreAmbience } from '../hint-sink.ts';
import type { EtcdAccess } from './etcd-access.ts';
import type { Rpc } from './etcd-connection.ts';
import { EtcdFailure } from './etcd-failure.ts';
import { EtcdMember } from './etcd-member.ts';

/** Pause after all members failed in a row; short, because gRPC itself waits longer and longer before it connects again. */
const ROUND_PAUSE_MS = 50;

/** All members, and which of them is asked: one until it fails, then the next. */
export class EtcdMembers {
  readonly #members: readonly EtcdMember[];
  readonly #ambience: StoreAmbience;
  readonly #closing: AbortSignal;
  #preferred: number;

  constructor(endpoints: readonly string[], access: EtcdAccess, ambience: StoreAmbience, closing: AbortSignal) {
    this.#members = endpoints.map((endpoint) => new EtcdMember(endpoint, access, ambience, closing));
    this.#ambience = ambience;
    this.#closing = closing;
    // Spreads a fleet over the members.
    this.#preferred = ambience.random.next() % this.#members.length;
  }

  /** The one that calls use now. */
  current(): EtcdMember {
    const member = this.#members[this.#preferred];
    if (member === undefined)
      throw new CodedError('INTERNAL', `no member ${this.#preferred} of ${this.#members.length}`);
    return member;
  }

  /** Leaves `member` for the next, unless somebody has done so already. */
  leave(member: EtcdMember, detail: string): void {
    this.#ambience.observe({ kind: 'member-failed', endpoint: member.endpoint, detail });
    if (this.current() === member) this.#preferred = (this.#preferred + 1) % this.#members.length;
  }

  /**
   * A call that may be repeated: each member in turn, `attemptMs` each, until one answers or `deadline` (monotonic ms) is
   * there. Returns the member that answered, too. Fails with the last EtcdFailure.
   */
  async repeat(rpc: Rpc, deadline: number): Promise<{ answer: unknown; member: EtcdMember }> {
    for (let failures = 1; ; failures += 1) {
      const member = this.current();
      try {
        const answer = await member.call(rpc, Math.min(this.#ambience.settings.attemptMs, this.#remaining(deadline)));
        return { answer, member };
      } catch (failure) {
        if (!(failure instanceof EtcdFailure) || !failure.isWorthAnotherMember) throw failure;
        this.leave(member, failure.message);
        if (failures % this.#members.length === 0)
          await this.#pause(Math.min(ROUND_PAUSE_MS, this.#remaining(deadline)));
        if (this.#remaining(deadline) <= 0) throw failure;
      }
    }
  }

  /**
   * A member that very recently had a quorum, asked with `probe` if it is not known. A transaction is sent once and to
   * such a member only, so that it seldom ends ambiguous.
   */
  async good(probe: Rpc, deadline: number): Promise<EtcdMember> {
    const member = this.current();
    if (member.wasGoodWithin(this.#ambience.settings.attemptMs)) return member;
    return (await this.repeat(probe, deadline)).member;
  }

  close(): void {
    for (const member of this.#members) member.close();
  }

  #remaining(deadline: number): number {
    return deadline - this.#ambience.clock.monotonicMs();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#ambience.clock.setTimer(Math.max(0, ms), () => {
        this.#closing.removeEventListener('abort', end);
        resolve();
      });
      const end = (): void => {
        timer.cancel();
        reject(this.#closing.reason);
      };
      this.#closing.addEventListener('abort', end, { once: true });
      if (this.#closing.aborted) end();
    });
  }
}
