import type { AdmissionClaim } from '../../src/core/admit.ts';
import type { GuardInstant } from '../../src/core/guard/guard-lease.ts';
import { type GuardReading, ShardGuard } from '../../src/core/guard/shard-guard.ts';
import type { Epoch, MonotonicMs, ShardId } from '../../src/core/ids.ts';
import type { Table } from '../../src/core/table.ts';
import { seededRandom } from './seeded-random.ts';
import { aborted, frozen, granted, TWO_UNITS } from './two-unit-world.ts';

export const HORIZON_MS = 3_000;
const RULES = { horizonMs: HORIZON_MS, jumpMs: 100 };
const RATE_ERROR = 0.01;
const WAIT_MS = (HORIZON_MS * (1 + RATE_ERROR)) / (1 - RATE_ERROR) + 200;
const READ_MS = 750;
const END_MS = 60_000;

/** A rule of the protocol that a run leaves out. */
export type LeftOut =
  | 'nothing'
  | 'count from the sending'
  | 'own record'
  | 'boot in the name'
  | 'equal version'
  | 'ack horizon'
  | 'in-flight and drained'
  | 'jump at each admission';

/** One guard process with a clock of its own. */
interface Process {
  readonly name: string;
  readonly dataCenter: string;
  readonly unit: string;
  readonly rate: number;
  readonly offset: number;
  readonly guard: ShardGuard;
  stoppedUntil: number;
  /** While the machine was suspended its monotonic clock stood still. */
  suspendedMs: number;
}

/**
 * Two units, a guard for each data center, a store, a controller that moves shard 0 to and fro, and clients, in virtual time with
 * random delays, pauses, suspensions, restarts and clock rates. The guards are the real ones; messages are not even ordered.
 */
export class GuardModel {
  readonly breaches: string[] = [];
  moves = 0;
  acknowledged = 0;
  unknown = 0;
  readonly #leftOut: LeftOut;
  readonly #random;
  #now = 0;
  #events: { at: number; run: () => void }[] = [];
  #table: Table = TWO_UNITS;
  readonly #records = new Map<string, readonly { operation: string; epoch: number }[]>();
  #processes: Process[] = [];
  #boots = 0;
  #highest = 0;
  /** Acknowledgements by instant, and positions that a controller has read of an ownership. */
  #position: { at: number; unit: string; freeze: number } | null = null;
  #lateAfterPosition = false;

  constructor(seed: number, leftOut: LeftOut) {
    this.#random = seededRandom(seed);
    this.#leftOut = leftOut;
  }

  run(): this {
    for (const [dataCenter, unit] of [
      ['e1', 'R1'],
      ['e2', 'R1'],
      ['w1', 'R2'],
    ] as const)
      this.#boot(dataCenter, unit);
    this.#later(this.#between(500, 4000), () => this.#freeze());
    this.#clients();
    this.#trouble();
    while (this.#events.length > 0 && this.breaches.length === 0) {
      let first = 0;
      this.#events.forEach(({ at }, index) => {
        if (at < (this.#events[first]?.at ?? 0)) first = index;
      });
      const [event] = this.#events.splice(first, 1);
      if (event === undefined || event.at > END_MS) break;
      this.#now = event.at;
      event.run();
      this.#checkOwners();
    }
    return this;
  }

  #between(from: number, to: number): number {
    return from + ((to - from) * this.#random.next()) / 2 ** 32;
  }

  #chance(share: number): boolean {
    return this.#between(0, 1) < share;
  }

  /** Mostly quick, sometimes very slow. */
  #delay(): number {
    return this.#chance(0.1) ? this.#between(100, 3500) : this.#between(1, 60);
  }

  #later(ms: number, run: () => void): void {
    this.#events.push({ at: this.#now + ms, run });
  }

  /** Runs in the process when it runs at all. */
  #in(process: Process, ms: number, run: () => void): void {
    this.#later(ms, () => {
      if (this.#now < process.stoppedUntil) this.#in(process, process.stoppedUntil - this.#now + 0.01, run);
      else run();
    });
  }

  #instant({ rate, offset, suspendedMs }: Process): GuardInstant {
    const monotonic = (offset + rate * (this.#now - suspendedMs)) as MonotonicMs;
    return { monotonic, reference: this.#now };
  }

  /** What an admission or a rule 5 sees of the clocks. */
  #decisionInstant(process: Process): GuardInstant {
    const now = this.#instant(process);
    if (this.#leftOut !== 'jump at each admission' || process.guard.horizon < 0) return now;
    return { ...now, reference: this.#now - process.suspendedMs };
  }

  #boot(dataCenter: string, unit: string): void {
    this.#boots += 1;
    const name = this.#leftOut === 'boot in the name' ? dataCenter : `${dataCenter}/${this.#boots}`;
    const rate = this.#between(1 - RATE_ERROR, 1 + RATE_ERROR);
    const offset = this.#between(0, 1e6);
    const process: Process = {
      name,
      dataCenter,
      unit,
      rate,
      offset,
      guard: new ShardGuard(dataCenter, RULES, () => this.#announce(process)),
      stoppedUntil: 0,
      suspendedMs: 0,
    };
    this.#processes.push(process);
    this.#announce(process);
    this.#in(process, this.#delay(), () => this.#read(process));
    this.#in(process, this.#delay(), () => this.#follow(process));
  }

  #announce(process: Process): void {
    const drained = process.guard.drained();
    this.#later(this.#delay(), () => {
      const old = this.#records.get(process.name) ?? [];
      const isOlder = old.length > 0 && drained.length === 0;
      if (!isOlder) this.#records.set(process.name, drained);
    });
  }

  /** One renewal: sent now, true at some instant, answered at a later one. */
  #read(process: Process): void {
    const sent = this.#instant(process);
    this.#later(this.#delay(), () => {
      const hasOwnRecord = this.#leftOut === 'own record' || this.#records.has(process.name);
      const reading: GuardReading = { head: this.#table, hasOwnRecord };
      this.#in(process, this.#delay(), () => {
        this.#answered(process, reading, this.#leftOut === 'count from the sending' ? this.#instant(process) : sent);
        this.#in(process, Math.max(1, READ_MS / process.rate), () => this.#read(process));
      });
    });
  }

  #answered(process: Process, reading: GuardReading, sent: GuardInstant): void {
    const { guard } = process;
    const equal =
      this.#leftOut === 'equal version' && guard.table !== null ? { ...reading, head: guard.table } : reading;
    const result = guard.reading(equal, sent);
    if (result === 'fetch') this.#fetch(process, () => void guard.fetched(reading, sent));
    if (result === 'not recorded') this.#announce(process);
  }

  #fetch(process: Process, then: () => void): void {
    this.#later(this.#delay(), () => {
      const table = this.#table;
      this.#in(process, this.#delay(), () => {
        if (table.epoch > (process.guard.table?.epoch ?? 0)) process.guard.applied(table, this.#instant(process));
        then();
      });
    });
  }

  /** The table feed: a hint now and then, another reader than the guard's. */
  #follow(process: Process): void {
    this.#fetch(process, () => this.#in(process, this.#between(100, 6000), () => this.#follow(process)));
  }

  #clients(): void {
    for (const process of this.#processes) if (this.#now >= process.stoppedUntil) this.#write(process);
    this.#later(this.#between(20, 120), () => this.#clients());
  }

  #claim({ dataCenter, unit }: Process, epoch: number): AdmissionClaim {
    return { shard: 0 as ShardId, epoch: epoch as Epoch, unit, cell: `${unit}-${dataCenter}`, safe: false };
  }

  #write(process: Process): void {
    const { guard } = process;
    const epoch = guard.table?.shards.epoch[0] ?? 0;
    const claim = this.#claim(process, epoch);
    if (guard.admit(claim, this.#decisionInstant(process)).kind !== 'admitted') return;
    if (epoch < this.#highest) this.#breach(`${process.name} admitted at ${epoch} after ${this.#highest} elsewhere`);
    this.#highest = Math.max(this.#highest, epoch);
    const isCounted = this.#leftOut !== 'in-flight and drained';
    if (isCounted) guard.begin(0);
    this.#in(process, this.#chance(0.2) ? this.#between(1000, 7000) : this.#between(1, 300), () => {
      if (this.#doubt(process, claim) === null) this.#acknowledge(process, epoch);
      else this.unknown += 1;
      if (isCounted) guard.end(0);
    });
  }

  #doubt(process: Process, claim: AdmissionClaim): string | null {
    const { guard } = process;
    const now = this.#decisionInstant(process);
    const doubt = guard.doubt(claim, now);
    if (this.#leftOut === 'ack horizon' && doubt?.includes('was frozen') === true)
      return now.monotonic < guard.horizon ? null : doubt;
    if (this.#leftOut === 'in-flight and drained' && doubt?.includes('acknowledged') === true) return null;
    return doubt;
  }

  #acknowledge(process: Process, epoch: number): void {
    this.acknowledged += 1;
    const position = this.#position;
    if (position === null || position.unit !== process.unit || epoch >= position.freeze) return;
    // Only a grant makes it a lost write; an abort does not.
    this.#lateAfterPosition = true;
    if ((this.#table.shards.owner[0] ?? 0) !== 0xffff && this.#ownerName() !== process.unit)
      this.#breach(`${process.name} acknowledged a write of epoch ${epoch} after the grant`);
  }

  #ownerName(): string {
    return this.#table.topology.units[this.#table.shards.owner[0] ?? 0]?.id ?? '';
  }

  #freeze(): void {
    const unit = this.#ownerName();
    this.#table = frozen(this.#table, `op-${this.#table.epoch}`);
    const { epoch } = this.#table;
    const rate = this.#between(1 - RATE_ERROR, 1 + RATE_ERROR);
    this.#later(this.#delay(), () => this.#drain(unit, epoch, this.#now + WAIT_MS / rate));
  }

  /** `until`: W on the controller's clock, from the response of the freeze. */
  #drain(unit: string, freeze: number, until: number): void {
    const places = unit === 'R1' ? ['e1', 'e2'] : ['w1'];
    const records = [...this.#records].filter(([name]) => places.some((place) => name.startsWith(place)));
    const isDrained = records.every(([, drained]) => drained.some(({ epoch }) => epoch === freeze));
    if (this.#now < until && !isDrained) {
      this.#later(Math.min(this.#between(20, 200), until - this.#now + 0.01), () => this.#drain(unit, freeze, until));
      return;
    }
    this.#position = { at: this.#now, unit, freeze };
    this.#lateAfterPosition = false;
    this.#later(this.#delay(), () => this.#decide(unit));
  }

  #decide(unit: string): void {
    if (this.#chance(0.25)) {
      this.#table = aborted(this.#table);
      this.#position = null;
    } else {
      if (this.#lateAfterPosition) this.#breach('a write was acknowledged after the position was read');
      this.#table = granted(this.#table, unit === 'R1' ? 'R2' : 'R1');
      this.moves += 1;
    }
    this.#later(this.#between(200, 4000), () => this.#freeze());
  }

  /** Stops, suspensions and restarts; a restarted process may have an older one of its name that is only stopped. */
  #trouble(): void {
    const process = this.#processes[Math.floor(this.#between(0, this.#processes.length))];
    if (process !== undefined && this.#now >= process.stoppedUntil) {
      const ms = this.#between(100, 8000);
      process.stoppedUntil = this.#now + ms;
      if (this.#chance(0.3)) this.#later(ms, () => this.#resume(process, ms));
      if (this.#chance(0.3) && this.#boots < 8) this.#boot(process.dataCenter, process.unit);
    }
    this.#later(this.#between(500, 6000), () => this.#trouble());
  }

  #resume(process: Process, ms: number): void {
    process.suspendedMs += ms;
  }

  /** At no instant could guards of two units both admit the shard's write. */
  #checkOwners(): void {
    const units = new Set<string>();
    for (const process of this.#processes) {
      if (this.#now < process.stoppedUntil) continue;
      const claim = this.#claim(process, process.guard.table?.shards.epoch[0] ?? 0);
      if (process.guard.admit(claim, this.#decisionInstant(process)).kind === 'admitted') units.add(process.unit);
    }
    if (units.size > 1) this.#breach('guards of two units admit');
  }

  #breach(text: string): void {
    this.breaches.push(`${Math.round(this.#now)} ms: ${text}`);
  }
}
