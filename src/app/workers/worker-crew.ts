import type { Logger } from 'pino';
import type { Clock, Timer } from '../../core/clock.ts';
import { CodedError } from '../../errors.ts';
import type { UpMessage } from '../../gateway/workers/worker-message.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { WorkerProcess } from './worker-process.ts';

export interface WorkerCrewParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly boot: string;
  /** New for each generation of workers; null: the door speaks no TLS. */
  ticketKeys(config: GatewayConfig): string | null;
  message(worker: WorkerProcess, message: UpMessage): void;
  /** It serves now, or it does not any more. */
  changed(worker: WorkerProcess): void;
  died(worker: WorkerProcess): void;
  /** Why a worker ended, or was ended, before anybody asked it to. */
  lost(reason: 'crashed' | 'silent'): void;
}

/** Workers of one configuration. */
interface Generation {
  readonly config: GatewayConfig;
  readonly ticketKeys: string | null;
  /** Why one of them could not start, while nobody of it serves yet. */
  failed: (error: Error) => void;
}

/** How often a worker is asked to show that its event loop turns, ms. */
const BEAT_MS = 500;
/** Added to what a drain may take by its settings before a worker is killed. */
const DRAIN_MARGIN_MS = 5_000;
/** A worker that lived this long was no failed start: the pauses begin again. */
const STABLE_MS = 30_000;

/**
 * The workers of a gateway: started, asked for signs of life, killed when they give none, started again when they ended by
 * themselves, and replaced, all at once, by workers of another configuration.
 */
export class WorkerCrew {
  readonly #parts: WorkerCrewParts;
  readonly #workers = new Map<number, WorkerProcess>();
  readonly #generations = new WeakMap<WorkerProcess, Generation>();
  readonly #startedAt = new WeakMap<WorkerProcess, number>();
  readonly #restarts = new Set<Timer>();
  #current: Generation | null = null;
  #lastId = 0;
  #pauseMs = 0;
  #beat: Timer | null = null;
  #isEnding = false;
  #ended = Promise.withResolvers<void>();

  constructor(parts: WorkerCrewParts) {
    this.#parts = parts;
  }

  /** All that are not dead. */
  get all(): readonly WorkerProcess[] {
    return [...this.#workers.values()];
  }

  get serving(): readonly WorkerProcess[] {
    return this.all.filter(({ state }) => state === 'serving');
  }

  /**
   * Starts as many workers as the configuration says; when all of them serve, those of before drain. Rejects, and those of before stay,
   * if one cannot start.
   */
  async renew(config: GatewayConfig): Promise<void> {
    const { clock } = this.#parts;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const generation: Generation = { config, ticketKeys: this.#parts.ticketKeys(config), failed: reject };
    const mine = Array.from({ length: config.workers.count }, () => this.#start(generation));
    const { startMs } = config.workers;
    const limit = clock.setTimer(startMs, () =>
      reject(new Error(`not all of ${mine.length} workers served within ${startMs} ms (workers.startMs)`)),
    );
    this.#arrived = (): void => {
      if (mine.every(({ state }) => state === 'serving')) resolve();
    };
    this.#beat ??= clock.setTimer(BEAT_MS, () => this.#ask());
    try {
      await promise;
    } catch (error) {
      // One that serves already may have connections.
      for (const worker of mine)
        if (worker.state === 'serving') this.#drain(worker);
        else worker.kill();
      throw error;
    } finally {
      limit.cancel();
      this.#arrived = () => undefined;
    }
    generation.failed = () => undefined;
    this.#current = generation;
    for (const worker of this.all) if (this.#generations.get(worker) !== generation) this.#drain(worker);
  }

  /** All of them drain and end, within their limits; nothing is started any more. Resolves when all are dead. */
  async end(): Promise<void> {
    this.#isEnding = true;
    for (const timer of this.#restarts) timer.cancel();
    for (const worker of this.all) this.#drain(worker);
    this.#endIfDone();
    await this.#ended.promise;
    this.#beat?.cancel();
  }

  #arrived: () => void = () => undefined;

  #start(generation: Generation): WorkerProcess {
    const { boot, clock } = this.#parts;
    this.#lastId += 1;
    const worker = new WorkerProcess(this.#lastId, generation.config, boot, generation.ticketKeys, {
      message: (from, message) => this.#message(from, message),
      died: (dead, how) => this.#died(dead, how),
    });
    this.#workers.set(worker.id, worker);
    this.#generations.set(worker, generation);
    this.#startedAt.set(worker, clock.monotonicMs());
    // One that hangs while it starts gives no signs of life yet.
    const { startMs } = generation.config.workers;
    clock.setTimer(startMs, () => {
      if (worker.state === 'starting' || worker.state === 'known') worker.kill();
    });
    return worker;
  }

  #message(worker: WorkerProcess, message: UpMessage): void {
    if (message.kind === 'failed') {
      const detail = `a worker cannot start: ${message.detail}`;
      this.#generations.get(worker)?.failed(new CodedError('CONFIG_INVALID', detail));
    }
    if (message.kind === 'up' && worker.state === 'starting') worker.state = 'known';
    this.#parts.message(worker, message);
    if (message.kind === 'serving' && worker.state === 'known') {
      worker.state = 'serving';
      this.#arrived();
    }
    if (message.kind === 'serving' || message.kind === 'connections') this.#parts.changed(worker);
  }

  #drain(worker: WorkerProcess): void {
    if (worker.state === 'draining') return;
    // One that does not even know what to do has nothing to end.
    if (worker.state === 'starting') worker.kill();
    worker.state = 'draining';
    worker.send({ kind: 'drain' });
    const { drainMs } = worker.config.door;
    this.#parts.clock.setTimer(2 * drainMs + DRAIN_MARGIN_MS, () => worker.kill());
  }

  #died(worker: WorkerProcess, how: string): void {
    const { log, died, lost } = this.#parts;
    const generation = this.#generations.get(worker);
    const wasAsked = this.#isEnding || (generation !== this.#current && this.#current !== null);
    this.#workers.delete(worker.id);
    died(worker);
    generation?.failed(new Error(`a worker ended before it served (${how})`));
    if (generation === this.#current && !this.#isEnding) {
      log.error({ worker: worker.id, pid: worker.pid, how }, 'a worker ended; another one is started');
      if (worker.unanswered * BEAT_MS < worker.config.workers.silentMs) lost('crashed');
      this.#startAgain(worker);
    } else if (!wasAsked || how !== 'exit code 0') {
      log.warn({ worker: worker.id, pid: worker.pid, how }, 'a worker ended');
    }
    this.#endIfDone();
  }

  /** With longer and longer pauses, so that workers that cannot live do not take the machine. */
  #startAgain(dead: WorkerProcess): void {
    const { clock } = this.#parts;
    const generation = this.#current;
    if (generation === null) return;
    const { restartMinMs, restartMaxMs } = generation.config.workers;
    const lived = clock.monotonicMs() - (this.#startedAt.get(dead) ?? 0);
    const pauseMs = lived > STABLE_MS ? restartMinMs : Math.max(this.#pauseMs, restartMinMs);
    this.#pauseMs = Math.min(pauseMs * 2, restartMaxMs);
    const timer = clock.setTimer(Math.min(pauseMs, restartMaxMs), () => {
      this.#restarts.delete(timer);
      if (this.#current === generation && !this.#isEnding) this.#start(generation);
    });
    this.#restarts.add(timer);
  }

  /** Silence is counted in beats of this process's own: one that was stopped itself must not kill those that went on. */
  #ask(): void {
    for (const worker of this.#workers.values()) {
      if (worker.state === 'starting') continue;
      if (worker.unanswered * BEAT_MS >= worker.config.workers.silentMs) this.#killSilent(worker);
      worker.unanswered += 1;
      worker.send({ kind: 'beat' });
    }
    this.#beat = this.#parts.clock.setTimer(BEAT_MS, () => this.#ask());
  }

  #killSilent(worker: WorkerProcess): void {
    const { silentMs } = worker.config.workers;
    if (worker.unanswered * BEAT_MS < silentMs + BEAT_MS) {
      const detail = `no sign of life for ${silentMs} ms (workers.silentMs)`;
      this.#parts.log.error({ worker: worker.id, pid: worker.pid, detail }, 'a worker is killed');
      this.#parts.lost('silent');
    }
    worker.kill();
  }

  #endIfDone(): void {
    if (this.#isEnding && this.#workers.size === 0) this.#ended.resolve();
  }
}
