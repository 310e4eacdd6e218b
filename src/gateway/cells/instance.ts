import type { Clock, Random, Timer } from '../../core/clock.ts';
import type { CellId, MonotonicMs } from '../../core/ids.ts';
import type { CellTlsDocument, HealthDocument } from '../../core/topology-document.ts';
import type { CellObserver } from './cell-observer.ts';
import type { CellSettings } from './cell-settings.ts';
import type { InstanceStatus } from './cell-status.ts';
import { CellUpstream } from './cell-upstream.ts';
import type { CheckSlots } from './check-slots.ts';
import { type InstanceLoad, slowStartWeight } from './choose-instance.ts';
import type { ExchangeOutcome } from './exchange-watch.ts';
import type { CheckResult } from './health-check.ts';
import { HealthLoop } from './health-loop.ts';
import type { InstanceChecks, StartChecks } from './instance-checks.ts';
import { ejectionAfter, type InstanceEjection, isEjected, NEVER_EJECTED, verdictOf } from './instance-ejection.ts';
import { healthAfterCheck, type InstanceHealth, initialHealth } from './instance-health.ts';
import type { InstanceMember } from './instance-set.ts';

export interface InstanceContext {
  readonly cell: CellId;
  readonly settings: CellSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly slots: CheckSlots;
  readonly observer: CellObserver;
  readonly startChecks?: StartChecks;
  /** Health or ejection became another. */
  changed(): void;
  /** Whether one more instance of the cell may be ejected now. */
  mayEject(): boolean;
}

/** One address of a cell, with its connections and what checks and requests have shown about it. */
export class Instance implements InstanceLoad {
  readonly key: string;
  readonly upstream: CellUpstream;
  readonly #context: InstanceContext;
  readonly #host: string;
  #origins: readonly string[];
  #healthDocument: HealthDocument;
  #loop: InstanceChecks;
  #health: InstanceHealth;
  #ejection: InstanceEjection = NEVER_EJECTED;
  #returnTimer: Timer | null = null;
  #readySince: MonotonicMs;
  #lastError: string | null = null;
  #drained = false;
  inFlight = 0;

  constructor(member: InstanceMember, tls: CellTlsDocument | null, health: HealthDocument, context: InstanceContext) {
    const { settings, clock } = context;
    this.key = member.key;
    this.#context = context;
    this.#origins = member.origins;
    this.#healthDocument = health;
    this.#host = tls?.serverName ?? member.key;
    this.upstream = new CellUpstream({ address: member.address, tls, settings, clock });
    this.#health = initialHealth(settings.startHealthy, clock.monotonicMs());
    this.#readySince = clock.monotonicMs();
    this.#loop = this.#startLoop();
  }

  get healthy(): boolean {
    return this.#health.state === 'healthy';
  }

  get ejected(): boolean {
    return isEjected(this.#ejection, this.#context.clock.monotonicMs());
  }

  get weight(): number {
    const { clock, settings } = this.#context;
    return slowStartWeight(clock.monotonicMs() - this.#readySince, settings.slowStartMs);
  }

  /** Takes a new table's view of the same address. */
  update(member: InstanceMember, health: HealthDocument): void {
    this.#origins = member.origins;
    if (JSON.stringify(health) === JSON.stringify(this.#healthDocument)) return;
    this.#healthDocument = health;
    this.#loop.stop();
    this.#loop = this.#startLoop();
  }

  /** A request that this instance had is over; `detail` says why it failed. */
  note(outcome: ExchangeOutcome, detail: string | null): void {
    const { settings, clock, observer, cell } = this.#context;
    if (detail !== null) this.#lastError = detail;
    const verdict = verdictOf(outcome, settings);
    if (this.#drained || verdict === 'neither' || (verdict === 'good' && this.#ejection === NEVER_EJECTED)) return;
    const now = clock.monotonicMs();
    const before = this.#ejection;
    this.#ejection = ejectionAfter(before, verdict, this.#context.mayEject(), settings, now);
    const until = this.#ejection.until;
    if (until === null || until === before.until) return;
    observer.ejected(cell, this.key, until - now);
    this.#returnTimer = clock.setTimer(until - now, () => {
      this.#ejection = { ...this.#ejection, until: null };
      this.#readySince = clock.monotonicMs();
      this.#context.changed();
    });
    this.#context.changed();
  }

  /** Takes no more; what is under way may end within `graceMs`. Never rejects. */
  async drain(graceMs: number): Promise<void> {
    this.#drained = true;
    this.#loop.stop();
    this.#returnTimer?.cancel();
    await this.upstream.close(graceMs);
  }

  status(): InstanceStatus {
    const now = this.#context.clock.monotonicMs();
    const ejected = this.ejected && this.healthy;
    return {
      address: this.key,
      origins: this.#origins,
      state: ejected ? 'ejected' : this.#health.state,
      forMs: Math.round(now - this.#health.since),
      inFlight: this.inFlight,
      connections: this.upstream.connections,
      weight: this.weight,
      lastError: this.#lastError,
    };
  }

  #startLoop(): InstanceChecks {
    const { cell, clock, random, slots, startChecks } = this.#context;
    const checked = (result: CheckResult): void => this.#checked(result);
    if (startChecks !== undefined) return startChecks({ cell, key: this.key, health: this.#healthDocument, checked });
    return new HealthLoop({
      upstream: this.upstream,
      host: this.#host,
      health: this.#healthDocument,
      clock,
      random,
      slots,
      unproven: () => this.#health.state === 'unproven',
      checked,
    });
  }

  #checked(result: CheckResult): void {
    const { observer, cell, clock, changed } = this.#context;
    observer.checked(cell, this.key, result.passed);
    if (!result.passed) this.#lastError = result.detail;
    const before = this.#health.state;
    this.#health = healthAfterCheck(this.#health, result.passed, this.#healthDocument, clock.monotonicMs());
    if (this.#health.state === before) return;
    if (this.healthy) {
      this.#readySince = clock.monotonicMs();
      // What stood against it was before it went down.
      this.#returnTimer?.cancel();
      this.#ejection = NEVER_EJECTED;
    }
    changed();
  }
}
