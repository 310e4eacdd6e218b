import type { Clock } from '../core/clock.ts';
import type { GateOwner } from '../gate/gate-contract.ts';
import { AsideDesk } from './aside-desk.ts';
import type { CopyTables } from './copied-entries.ts';
import type { CopyPlacement } from './copy-placement.ts';
import { findCommonPrefixes } from './follow-owner.ts';
import {
  type GateInput,
  readGateInput,
  readLineage,
  readOwner,
  readPositions,
  readProbeId,
  readWait,
  type WantedPosition,
} from './gate-input.ts';
import type { GateRows } from './gate-rows.ts';
import { GateRefused, passVersions } from './gate-versions.ts';
import type { JsonClient } from './json-client.ts';
import type { ShardHead } from './ledger-entry.ts';
import type { LedgerService } from './ledger-service.ts';
import { PeerCalls } from './peer-calls.ts';
import type { ReplicationSettings } from './process-options.ts';
import type { Replication } from './replication.ts';
import type { ShardLog } from './shard-log.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

export interface LedgerGateParts {
  readonly clock: Clock;
  readonly self: string;
  readonly database: CopyTables['database'];
  readonly shardLog: ShardLog;
  readonly gates: GateRows;
  readonly replication: Replication;
  readonly ledger: LedgerService;
  readonly client: JsonClient;
  readonly token: string;
  readonly settings: ReplicationSettings;
  readonly placement: CopyPlacement;
}

/** Account of the entries that the conformance check writes. */
const PROBE_ACCOUNT = 'ldc-gate-check';

/** The data gate of this data center's copies (docs/data-gate.md): each call in one durable transaction. */
export class LedgerGate {
  readonly #parts: LedgerGateParts;
  readonly #tables: CopyTables;
  readonly #aside: AsideDesk;
  readonly #calls: ReadonlyMap<string, (input: GateInput) => Answer | Promise<Answer>>;

  constructor(parts: LedgerGateParts) {
    this.#parts = parts;
    this.#tables = { database: parts.database, log: parts.shardLog, gates: parts.gates };
    this.#aside = new AsideDesk(this.#tables, parts.ledger);
    this.#calls = new Map<string, (input: GateInput) => Answer | Promise<Answer>>([
      ['fence', (input) => this.#fence(input)],
      ['position', (input) => this.#position(input)],
      ['caughtUp', (input) => this.#caughtUp(input)],
      ['promote', (input) => this.#withOwner(input, (owner) => this.#promote(input, owner))],
      ['follow', (input) => this.#withOwner(input, (owner) => this.#follow(input, owner))],
      ['lag', (input) => this.#lag(input)],
      ['probe', (input) => this.#probe(input)],
      ['reconcile', (input) => this.#withOwner(input, (owner) => this.#reconcile(input, owner))],
    ]);
  }

  /** `GET /gate/v1/aside`. */
  aside(shard: string | null): Answer {
    return this.#aside.list(shard);
  }

  /** `POST /gate/v1/<name>`; null: there is no such call. */
  async answer(name: string, body: unknown): Promise<Answer | null> {
    const call = this.#calls.get(name);
    if (call === undefined) return null;
    const input = readGateInput(body, (shard) => this.#parts.placement.home(shard) !== null);
    if ('status' in input) return input;
    try {
      return await call(input);
    } catch (error) {
      if (error instanceof GateRefused) return error.answer;
      throw error;
    }
  }

  /** SQLite has one writer: when this transaction begins, older ones have ended; later ones read the raised row. */
  #fence(input: GateInput): Answer {
    const { incarnation, epoch } = input;
    return shardsAnswer(passVersions(this.#tables, input, (shard) => ({ shard, incarnation, epoch })));
  }

  #position(input: GateInput): Answer {
    return shardsAnswer(passVersions(this.#tables, input, (shard) => placeOf(this.#tables.log.state(shard))));
  }

  async #caughtUp(input: GateInput): Promise<Answer> {
    const wanted = readPositions(input);
    if ('status' in wanted) return wanted;
    const waitMs = readWait(input, 'waitMs');
    if (typeof waitMs !== 'number') return waitMs;
    passVersions(this.#tables, input, () => null);
    await this.#until(() => wanted.every((each) => this.#hasReached(each)), waitMs);
    const shards = wanted.map((each) => ({
      ...placeOf(this.#tables.log.state(each.shard)),
      caughtUp: this.#hasReached(each),
    }));
    return { status: 200, body: { caughtUp: shards.every((each) => each.caughtUp), shards } };
  }

  /** Offsets mean something within one lineage only, and a copy that was not made to follow is never caught up. */
  #hasReached({ shard, lineage, offset }: WantedPosition): boolean {
    const head = this.#tables.log.state(shard);
    return head.role !== 'stale' && head.lineage === lineage && head.offset >= offset;
  }

  #until(isTrue: () => boolean, limitMs: number): Promise<void> {
    if (isTrue() || limitMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        forget();
        resolve();
      };
      const timer = this.#parts.clock.setTimer(limitMs, end);
      const forget = this.#parts.replication.onArrival(() => isTrue() && end());
    });
  }

  #promote(input: GateInput, owner: GateOwner): Answer {
    const { self, replication } = this.#parts;
    const { log } = this.#tables;
    if (owner.dataCenter !== self)
      throw new GateRefused('GATE_WRONG_COPY', `this is ${self}, the new owner is in ${owner.dataCenter}`);
    const promoted: string[] = [];
    const places = passVersions(this.#tables, input, (shard) => {
      const head = log.state(shard);
      const isDone = head.lineage === input.epoch;
      if (isDone && head.role === 'primary' && head.unit === owner.unit) return placeOf(head);
      if (isDone) throw new GateRefused('GATE_CONTRADICTION', `shard ${shard} was given to another owner at it`);
      if (head.role === 'stale') throw new GateRefused('GATE_NOT_A_COPY', `shard ${shard} in ${self}`);
      const next: ShardHead = { ...head, role: 'primary', lineage: input.epoch, unit: owner.unit, leader: '' };
      log.save(next);
      promoted.push(shard);
      return placeOf(next);
    });
    replication.lead(promoted);
    return shardsAnswer(places);
  }

  /** First it stops being anything else than a copy to be, durably; then it asks the owner; then it cuts, in one step. */
  async #follow(input: GateInput, owner: GateOwner): Promise<Answer> {
    const { self } = this.#parts;
    const { log } = this.#tables;
    if (owner.dataCenter === self) throw new GateRefused('GATE_WRONG_COPY', `${self} cannot follow itself`);
    const lineage = readLineage(input);
    if (typeof lineage !== 'number') return lineage;
    const open = passVersions(this.#tables, input, (shard) => {
      const head = log.state(shard);
      if (head.lineage === lineage && head.role === 'primary')
        throw new GateRefused('GATE_CONTRADICTION', `shard ${shard} was promoted here at it`);
      if (head.lineage === lineage && head.role === 'copy') return [];
      if (head.role !== 'stale') log.save({ ...head, role: 'stale' });
      return [shard];
    }).flat();
    const setAside = new Map(open.length === 0 ? [] : await this.#cut(input, open, lineage, owner));
    return shardsAnswer(
      input.shards.map((shard) => ({ ...placeOf(log.state(shard)), setAside: setAside.get(shard) ?? 0 })),
    );
  }

  #callsOf({ dataCenter }: GateOwner): PeerCalls {
    const { client, token, settings, replication } = this.#parts;
    const url = replication.urlOf(dataCenter);
    if (url === null) throw new GateRefused('GATE_OWNER_NOT_READY', `no process of ${dataCenter} is known here`);
    return new PeerCalls(url, { client, token, timeoutMs: settings.callTimeoutMs });
  }

  /** Sets aside what the owner's log does not have; returns how many entries of each shard. */
  async #cut(
    input: GateInput,
    open: readonly string[],
    lineage: number,
    owner: GateOwner,
  ): Promise<[string, number][]> {
    const { log, gates } = this.#tables;
    const { unit, dataCenter } = owner;
    const calls = this.#callsOf(owner);
    const prefixes = await findCommonPrefixes(open, log, calls).catch((error: Error) => {
      throw new GateRefused('GATE_OWNER_NOT_READY', `${dataCenter}: ${error.message}`);
    });
    const early = prefixes.find(({ owner: { role, lineage: own } }) => role !== 'primary' || own < lineage);
    if (early !== undefined)
      throw new GateRefused('GATE_OWNER_NOT_READY', `shard ${early.shard} was not promoted there`);
    // While we asked, a later call may have come: its version is kept now, and this call is refused like any late one.
    const found = new Map(prefixes.map((prefix) => [prefix.shard, prefix]));
    const counts = passVersions(this.#tables, { ...input, shards: open }, (shard): [string, number] => {
      const prefix = found.get(shard);
      const head = log.state(shard);
      if (prefix === undefined || head.role !== 'stale') return [shard, 0];
      const count = gates.setAside(shard, prefix.offset, input.epoch);
      log.save({ ...head, role: 'copy', lineage: prefix.owner.lineage, offset: prefix.offset, unit, leader: '' });
      return [shard, count];
    });
    // The owner's next writes wait for this copy again; if the message is lost, its next heartbeat finds out.
    await calls.followed(this.#parts.self, open).catch(() => {});
    return counts;
  }

  #lag(input: GateInput): Answer {
    const heads = passVersions(this.#tables, input, (shard) => this.#tables.log.state(shard));
    const shards = heads.map((head) => ({
      ...placeOf(head),
      copies: this.#parts.replication.copiesOf(head).map(({ dataCenter, offset, diverged, lagEntries, lagMs }) => {
        const isKnown = offset !== null && !diverged;
        return { copy: dataCenter, entries: isKnown ? lagEntries : null, ms: isKnown ? lagMs : null };
      }),
    }));
    return shardsAnswer(shards);
  }

  /** Held before its transaction, which is one step here: what matters is that it began before a fence and ends after it. */
  async #probe(input: GateInput): Promise<Answer> {
    const id = readProbeId(input);
    if (typeof id !== 'string') return id;
    const holdMs = readWait(input, 'holdMs');
    if (typeof holdMs !== 'number') return holdMs;
    const [shard = ''] = input.shards;
    const unit = this.#tables.log.state(shard).unit || (this.#parts.placement.home(shard)?.id ?? '');
    if (holdMs > 0) await new Promise<void>((resolve) => this.#parts.clock.setTimer(holdMs, resolve));
    const { epoch } = input;
    const write = { shard, epoch, unit, cell: PROBE_ACCOUNT, account: PROBE_ACCOUNT, id, amount: 0 };
    const answer = await this.#parts.ledger.takeHere(write);
    return answer.status < 300 ? { status: 200, body: { executed: true } } : answer;
  }

  #reconcile(input: GateInput, owner: GateOwner): Promise<Answer> {
    passVersions(this.#tables, input, () => null);
    return this.#aside.submit(input, owner);
  }

  #withOwner(input: GateInput, work: (owner: GateOwner) => Answer | Promise<Answer>): Answer | Promise<Answer> {
    const owner = readOwner(input);
    if ('status' in owner) return owner;
    const isKnown = this.#parts.placement.hasUnitAt(owner.unit, owner.dataCenter);
    if (!isKnown) return errorAnswer('BAD_INPUT', `unit ${owner.unit} has no cell in ${owner.dataCenter}`);
    return work(owner);
  }
}

const shardsAnswer = (shards: readonly unknown[]): Answer => ({ status: 200, body: { shards } });

function placeOf({ shard, role, lineage, offset }: ShardHead) {
  return { shard, role: role === 'primary' ? 'writable' : role, lineage, offset };
}
