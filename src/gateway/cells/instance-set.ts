import { isIP } from 'node:net';
import type { Clock, Random } from '../../core/clock.ts';
import type { CellId } from '../../core/ids.ts';
import type { CellObserver } from './cell-observer.ts';
import type { CellSettings } from './cell-settings.ts';
import { Deadline } from './deadline.ts';
import type { NameResolver } from './dns-resolver.ts';
import { DnsWatch } from './dns-watch.ts';
import {
  addressKey,
  type InstanceAddress,
  type Parsed,
  parseInstanceAddress,
  parseInstanceId,
  parseInstanceSource,
} from './instance-address.ts';

export interface InstanceSetOptions {
  readonly cell: CellId;
  readonly settings: CellSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly resolver: NameResolver;
  readonly observer: CellObserver;
  /** The set became another one; `members` has it. */
  changed(): void;
}

export interface InstanceMember {
  readonly key: string;
  readonly address: InstanceAddress;
  /** Where it is known from: `list`, `dns:NAME`, `registered:ID`. */
  readonly origins: readonly string[];
}

interface Registration {
  address: InstanceAddress;
  readonly alive: Deadline;
}

interface NameSource {
  readonly watch: DnsWatch;
  addresses: readonly InstanceAddress[];
}

/** Which instances a cell has, from its three origins; whether they are well is not its business. */
export class InstanceSet {
  readonly #options: InstanceSetOptions;
  #listed: readonly InstanceAddress[] = [];
  readonly #names = new Map<string, NameSource>();
  readonly #registered = new Map<string, Registration>();
  #problems: readonly string[] = [];
  #closed = false;

  constructor(options: InstanceSetOptions) {
    this.#options = options;
  }

  /** Entries of the ruleset that could not be used, and why. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** At most `maxInstancesPerCell`: those of the list first, then registered ones, then DNS's. */
  get members(): readonly InstanceMember[] {
    const members = new Map<string, { address: InstanceAddress; origins: string[] }>();
    const add = (address: InstanceAddress, origin: string): void => {
      const key = addressKey(address);
      const known = members.get(key);
      if (known !== undefined) known.origins.push(origin);
      else if (members.size < this.#options.settings.maxInstancesPerCell)
        members.set(key, { address, origins: [origin] });
    };
    for (const address of this.#listed) add(address, 'list');
    for (const [id, { address }] of this.#registered) add(address, `registered:${id}`);
    for (const [source, { addresses }] of this.#names) for (const address of addresses) add(address, source);
    return [...members].map(([key, { address, origins }]) => ({ key, address, origins }));
  }

  /** Takes the `instances` of the ruleset; names that stay keep their addresses. */
  update(entries: readonly string[]): void {
    const listed: InstanceAddress[] = [];
    const problems: string[] = [];
    const names = new Map<string, { name: string; port: number }>();
    for (const entry of entries) {
      const source = parseInstanceSource(entry);
      if (!source.ok) problems.push(source.detail);
      else if (source.value.origin === 'list') listed.push(source.value.address);
      else names.set(`dns:${source.value.name.toLowerCase()}:${source.value.port}`, source.value);
    }
    const limit = this.#options.settings.maxInstancesPerCell;
    if (listed.length > limit)
      problems.push(`${listed.length} instances listed, at most ${limit} (cells.maxInstancesPerCell)`);
    this.#listed = listed;
    this.#problems = problems;
    for (const [key, { watch }] of this.#names) {
      if (names.has(key)) continue;
      watch.stop();
      this.#names.delete(key);
    }
    for (const [key, { name, port }] of names) if (!this.#names.has(key)) this.#watchName(key, name, port);
    this.#options.changed();
  }

  /** A heartbeat: known from now on, and alive for `heartbeatMs`. A new address replaces the one before. */
  register(id: string, addressText: string): Parsed<InstanceAddress> {
    const name = parseInstanceId(id);
    if (!name.ok) return name;
    const address = parseInstanceAddress(addressText);
    if (!address.ok) return address;
    if (this.#closed) return { ok: false, detail: `cell ${this.#options.cell}: closed` };
    const known = this.#registered.get(id);
    if (known !== undefined) {
      known.alive.touch();
      if (addressKey(known.address) === addressKey(address.value)) return address;
      known.address = address.value;
      this.#options.changed();
      return address;
    }
    const limit = this.#options.settings.maxInstancesPerCell;
    if (this.#registered.size >= limit || this.members.length >= limit) {
      return {
        ok: false,
        detail: `cell ${this.#options.cell}: has ${limit} instances, the most allowed (cells.maxInstancesPerCell)`,
      };
    }
    const alive = new Deadline(this.#options.clock, () => void this.deregister(id));
    alive.start(this.#options.settings.heartbeatMs);
    this.#registered.set(id, { address: address.value, alive });
    this.#options.changed();
    return address;
  }

  /** False if no such instance is registered. */
  deregister(id: string): boolean {
    const known = this.#registered.get(id);
    if (known === undefined) return false;
    known.alive.stop();
    this.#registered.delete(id);
    this.#options.changed();
    return true;
  }

  close(): void {
    this.#closed = true;
    for (const { watch } of this.#names.values()) watch.stop();
    for (const { alive } of this.#registered.values()) alive.stop();
  }

  #watchName(key: string, name: string, port: number): void {
    const { resolver, clock, random, settings, observer, cell } = this.#options;
    const watch = new DnsWatch({
      name,
      resolver,
      clock,
      random,
      intervalMs: settings.resolveIntervalMs,
      timeoutMs: settings.resolveTimeoutMs,
      changed: (found) => {
        const source = this.#names.get(key);
        if (source === undefined) return;
        source.addresses = found.filter((host) => isIP(host) !== 0).map((host) => ({ host, port }));
        this.#options.changed();
      },
      failed: (detail) => observer.resolveFailed(cell, name, detail),
    });
    this.#names.set(key, { watch, addresses: [] });
  }
}
