import type { Clock, Timer } from '../core/clock.ts';
import type { JsonClient } from './json-client.ts';
import type { HeartbeatTarget, UnitLog } from './process-options.ts';

/** One instance as the gateways get to know it. */
export interface RegisteredInstance {
  readonly cell: string;
  /** Stays the same when the process is restarted, on whatever port. */
  readonly instance: string;
  readonly address: string;
}

/** Longest wait for a gateway's answer. */
const ANSWER_MS = 2_000;

export interface HeartbeatParts {
  readonly clock: Clock;
  readonly client: JsonClient;
  readonly log: UnitLog;
  readonly target: HeartbeatTarget;
  /** From the beginning of one registration to the next (later if the answer takes longer: never two at once). */
  readonly intervalMs: number;
  /** null: the gateway's default. */
  readonly weight: number | null;
}

/**
 * Registers the instances with every gateway of the data center: `PUT <admin>/v1/instances/<cell>/<instance>` again and
 * again, because a gateway takes an instance for dead that it did not hear of for some seconds of its own clock. At the end
 * `DELETE`, so that no request comes to a listener that is going away.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #instances: readonly RegisteredInstance[];
  readonly #timers = new Map<string, Timer>();
  readonly #failing = new Set<string>();
  readonly #beating = new Map<string, Promise<void>>();
  #isStopped = false;

  constructor(instances: readonly RegisteredInstance[], parts: HeartbeatParts) {
    this.#instances = instances;
    this.#parts = parts;
  }

  start(): void {
    for (const url of this.#parts.target.urls) for (const instance of this.#instances) this.#begin(url, instance);
  }

  /** Ends the registrations, in at most `limitMs`; a gateway that does not answer finds out by itself. */
  async stop(limitMs: number): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    const { target } = this.#parts;
    const calls = target.urls.flatMap((url) =>
      this.#instances.map((instance) => this.#deregister(pathOf(url, instance), limitMs)),
    );
    await Promise.all(calls);
  }

  /** After the registration in flight, if any: were it overtaken, it would bring the instance back. */
  async #deregister(path: string, limitMs: number): Promise<void> {
    const { clock, client, target } = this.#parts;
    const begun = clock.monotonicMs();
    const limit = new Promise<void>((resolve) => clock.setTimer(limitMs / 2, resolve));
    await Promise.race([this.#beating.get(path), limit]);
    const timeoutMs = Math.max(1, begun + limitMs - clock.monotonicMs());
    await client.send({ method: 'DELETE', url: path, token: target.token, timeoutMs });
  }

  #begin(url: string, instance: RegisteredInstance): void {
    this.#beating.set(pathOf(url, instance), this.#beat(url, instance));
  }

  async #beat(url: string, instance: RegisteredInstance): Promise<void> {
    const { clock, client, target, intervalMs, weight } = this.#parts;
    const path = pathOf(url, instance);
    const begun = clock.monotonicMs();
    const body = weight === null ? { address: instance.address } : { address: instance.address, weight };
    const result = await client.send({ method: 'PUT', url: path, token: target.token, body, timeoutMs: ANSWER_MS });
    if (this.#isStopped) return;
    const isRegistered = result.kind === 'answer' && result.status >= 200 && result.status < 300;
    this.#tell(path, isRegistered ? null : result.kind === 'failed' ? result.reason : `status ${result.status}`);
    const restMs = Math.max(1, begun + intervalMs - clock.monotonicMs());
    this.#timers.set(
      path,
      clock.setTimer(restMs, () => this.#begin(url, instance)),
    );
  }

  /** One line when a registration begins to fail and one when it works again, not one a second. */
  #tell(path: string, failure: string | null): void {
    if (failure === null) {
      if (this.#failing.delete(path)) this.#parts.log.info({ path }, 'the gateway takes the instance again');
    } else if (!this.#failing.has(path)) {
      this.#failing.add(path);
      this.#parts.log.warn({ path, reason: failure }, 'the gateway does not take the instance; trying on');
    }
  }
}

function pathOf(url: string, { cell, instance }: RegisteredInstance): string {
  return `${url.replace(/\/$/, '')}/v1/instances/${encodeURIComponent(cell)}/${encodeURIComponent(instance)}`;
}
