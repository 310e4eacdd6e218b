import type { Clock, Random } from '../../core/clock.ts';
import type { CellId, MonotonicMs } from '../../core/ids.ts';
import type { CellDocument, HealthDocument } from '../../core/topology-document.ts';
import { CellEntrance } from '../overload/cell-entrance.ts';
import type { UpstreamEvents, UpstreamFailure, UpstreamRequest, UpstreamStream } from '../upstream.ts';
import type { CellObserver } from './cell-observer.ts';
import type { CellSettings } from './cell-settings.ts';
import type { CellStatus } from './cell-status.ts';
import type { CheckSlots } from './check-slots.ts';
import { chooseInstance } from './choose-instance.ts';
import type { NameResolver } from './dns-resolver.ts';
import type { ExchangeOutcome } from './exchange-watch.ts';
import { Instance } from './instance.ts';
import type { StartChecks } from './instance-checks.ts';
import { mayEject } from './instance-ejection.ts';
import { type InstanceMember, InstanceSet } from './instance-set.ts';
import { RetryBudget } from './retry-budget.ts';
import { type CellPlaces, RoutedRequest } from './routed-request.ts';

export interface CellContext {
  readonly settings: CellSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly resolver: NameResolver;
  readonly slots: CheckSlots;
  readonly observer: CellObserver;
  /** Of a request that finds the cell full: 0 is served first and shed last. */
  priorityOf(request: UpstreamRequest): number;
  readonly startChecks?: StartChecks;
  availabilityChanged(cell: CellId, available: boolean): void;
  /** An instance left; the promise ends when its connections are closed. Never rejects. */
  draining(done: Promise<void>): void;
}

/** One cell of this data center: its instances, its limit, its waiting line. */
export class Cell {
  readonly id: CellId;
  readonly set: InstanceSet;
  readonly #context: CellContext;
  readonly #entrance: CellEntrance;
  readonly #budget: RetryBudget;
  readonly #instances = new Map<string, Instance>();
  readonly #places: CellPlaces;
  #document: CellDocument;
  /** Those to choose from: healthy and not ejected; all healthy ones if the ejected are all there is. */
  #ready: readonly Instance[] = [];
  #closed = false;

  constructor(document: CellDocument, context: CellContext) {
    const { settings, clock, random, resolver, observer } = context;
    this.id = document.id as CellId;
    this.#document = document;
    this.#context = context;
    this.#entrance = this.#makeEntrance();
    this.#budget = new RetryBudget({ share: settings.retryShare, burst: settings.retryBurst }, clock.monotonicMs());
    this.#places = this.#makePlaces();
    this.set = new InstanceSet({
      cell: this.id,
      settings,
      clock,
      random,
      resolver,
      observer,
      changed: () => this.#membersChanged(),
    });
    this.set.update(document.instances);
  }

  /** At least one instance passes its checks. O(1). */
  get available(): boolean {
    return this.#ready.length > 0;
  }

  /** Takes a new table's document; instances that stay keep health and connections, unless TLS became another. */
  update(document: CellDocument): void {
    const tlsChanged = JSON.stringify(document.tls) !== JSON.stringify(this.#document.tls);
    this.#document = document;
    if (tlsChanged) this.#drainAll(this.#context.settings.drainMs);
    this.set.update(document.instances);
    this.#entrance.admitWaiting();
  }

  open(request: UpstreamRequest, events: UpstreamEvents): UpstreamStream {
    this.#budget.deposit();
    const routed: RoutedRequest = new RoutedRequest(request, events, this.#places);
    if (this.#closed) this.#entrance.drained(routed);
    else this.#entrance.enter(routed);
    return routed;
  }

  status(): CellStatus {
    return {
      cell: this.id,
      available: this.available,
      inFlight: this.#entrance.inFlight,
      waiting: this.#entrance.waiting,
      maxConcurrent: this.#document.maxConcurrent,
      problems: this.set.problems,
      instances: [...this.#instances.values()].map((instance) => instance.status()),
    };
  }

  /** Takes no more; what is under way may end within `graceMs`. */
  close(graceMs: number): void {
    this.#closed = true;
    this.set.close();
    this.#entrance.close();
    this.#drainAll(graceMs);
    this.#refresh();
  }

  #makePlaces(): CellPlaces {
    return {
      maxHeldBytes: this.#context.settings.maxBodyBufferBytes,
      choose: (tried) => this.#choose(tried),
      mayTryOther: (tried) => this.#mayTryOther(tried),
      sent: (instance) => this.#sent(instance),
      settled: (instance, outcome, detail, since) => this.#settled(instance, outcome, detail, since),
      entrance: this.#entrance,
    };
  }

  #makeEntrance(): CellEntrance {
    const { settings, clock, observer, priorityOf } = this.#context;
    return new CellEntrance({
      cell: this.id,
      settings,
      clock,
      maxConcurrent: () => this.#document.maxConcurrent,
      reachable: () => this.#ready.length * settings.maxConnectionsPerInstance,
      // Without any instance there is nothing to wait for: it fails with its own code.
      hasFreeInstance: () => this.#ready.length === 0 || this.#ready.some((instance) => this.#isFree(instance)),
      priorityOf,
      queued: (waitedMs) => observer.queued(this.id, waitedMs),
      shed: (priority, why) => observer.shed(this.id, priority, why),
    });
  }

  #isFree(instance: Instance): boolean {
    return instance.inFlight < this.#context.settings.maxConnectionsPerInstance;
  }

  #choose(tried: readonly Instance[]): Instance | UpstreamFailure {
    const ready = this.#ready;
    const chosen = ready[chooseInstance(ready, this.#context.random)];
    if (chosen === undefined) {
      const detail = `cell ${this.id}: none of ${this.#instances.size} instances passes its health checks`;
      return { code: 'NO_HEALTHY_CELL', executed: 'no', detail };
    }
    if (this.#isFree(chosen) && !tried.includes(chosen)) return chosen;
    const other = ready.find((instance) => this.#isFree(instance) && !tried.includes(instance));
    if (other !== undefined) return other;
    const limit = this.#context.settings.maxConnectionsPerInstance;
    const detail = `cell ${this.id}: every instance has ${limit} requests (cells.maxConnectionsPerInstance)`;
    return { code: 'OVERLOADED', executed: 'no', detail };
  }

  #mayTryOther(tried: readonly Instance[]): boolean {
    const { settings, clock, observer } = this.#context;
    if (!this.#ready.some((instance) => this.#isFree(instance) && !tried.includes(instance))) return false;
    const spent = tried.length <= settings.maxOtherInstances && this.#budget.withdraw(clock.monotonicMs());
    observer.otherInstance(this.id, spent);
    return spent;
  }

  #sent(instance: Instance): MonotonicMs {
    instance.inFlight += 1;
    this.#context.observer.sent(this.id, instance.key);
    return this.#context.clock.monotonicMs();
  }

  #settled(instance: Instance, outcome: ExchangeOutcome, detail: string | null, since: MonotonicMs): void {
    instance.inFlight -= 1;
    instance.note(outcome, detail);
    const { observer, clock } = this.#context;
    observer.settled(this.id, instance.key, outcome, clock.monotonicMs() - since);
  }

  #membersChanged(): void {
    if (this.#closed) return;
    const members = new Map(this.set.members.map((member) => [member.key, member]));
    for (const [key, instance] of this.#instances)
      if (!members.has(key)) this.#drain(instance, this.#context.settings.drainMs);
    for (const [key, member] of members) {
      const known = this.#instances.get(key);
      if (known !== undefined) known.update(member, this.#document.health);
      else this.#instances.set(key, this.#makeInstance(member, this.#document.health));
    }
    this.#refresh();
  }

  #makeInstance(member: InstanceMember, health: HealthDocument): Instance {
    const { settings, clock, random, slots, observer, startChecks } = this.#context;
    return new Instance(member, this.#document.tls, health, {
      cell: this.id,
      settings,
      clock,
      random,
      slots,
      observer,
      ...(startChecks && { startChecks }),
      changed: () => this.#refresh(),
      mayEject: () => this.#mayEject(),
    });
  }

  #mayEject(): boolean {
    const healthy = [...this.#instances.values()].filter((instance) => instance.healthy);
    return mayEject(healthy.length, healthy.filter((instance) => instance.ejected).length);
  }

  #drain(instance: Instance, graceMs: number): void {
    this.#instances.delete(instance.key);
    this.#context.draining(instance.drain(graceMs));
  }

  #drainAll(graceMs: number): void {
    for (const instance of [...this.#instances.values()]) this.#drain(instance, graceMs);
  }

  /** Finds anew whom to choose from; each change of health, ejection or membership ends here. */
  #refresh(): void {
    const before = this.available;
    const healthy = [...this.#instances.values()].filter((instance) => instance.healthy);
    const ready = healthy.filter((instance) => !instance.ejected);
    this.#ready = ready.length > 0 ? ready : healthy;
    if (this.available !== before) {
      this.#context.observer.availability(this.id, this.available);
      this.#context.availabilityChanged(this.id, this.available);
    }
    this.#entrance.admitWaiting();
  }
}
