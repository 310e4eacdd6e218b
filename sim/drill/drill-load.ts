import type { ShardRule } from '../../src/core/topology-document.ts';
import type { RequestSample } from '../report/drill-record.ts';
import type { LoadGroup, Scenario } from '../scenario/scenario.ts';
import type { DoorCall, Try } from './doors.ts';
import { type ClientEnd, clientRequest } from './drill-client.ts';
import { type After, machineAfter, waitBy } from './drill-timer.ts';
import { balanceCall, type DrillUser, drillUsers, ledgerPath, userHeaders } from './drill-user.ts';
import { EntryBook } from './entry-book.ts';
import { type LoopSource, OpenLoop } from './open-loop.ts';

/** A drill must not bury its machine: requests beyond it are not sent and count as failed. */
const MOST_OPEN = 3_000;
const WARM_MS = 20_000;

export interface DrillRequest extends RequestSample {
  /** By which the gateways' logs tell whether a request was held. */
  readonly requestIds: readonly string[];
}

export interface DrillLoadParts {
  readonly scenario: Scenario;
  readonly rule: ShardRule;
  readonly doors: { call(call: DoorCall): Promise<Try> };
  /** Counts from the drill's beginning. */
  readonly nowMs: () => number;
  /** Default: the machine's. */
  readonly after?: After;
}

interface GroupState {
  readonly load: LoadGroup;
  readonly users: readonly DrillUser[];
  writes: number;
  reads: number;
  requests: number;
}

/** The clients of a drill, in real time and in virtual. */
export class DrillLoad {
  readonly book = new EntryBook();
  readonly samples: DrillRequest[] = [];
  readonly #parts: DrillLoadParts;
  readonly #groups: readonly GroupState[];
  readonly #loop: OpenLoop;
  readonly #open = new Set<Promise<void>>();
  readonly #after: After;
  #isStopped = false;

  constructor(parts: DrillLoadParts) {
    this.#parts = parts;
    const { scenario, rule } = parts;
    this.#after = parts.after ?? machineAfter;
    this.#groups = scenario.load.map((load, index) => {
      return { load, users: drillUsers(rule, load.shards, index), writes: 0, reads: 0, requests: 0 };
    });
    this.#loop = new OpenLoop(
      this.#groups.flatMap((group) => this.#sourcesOf(group)),
      parts.nowMs,
      this.#after,
    );
  }

  /** One good read through every door before the drill begins, so that no connection is opened for the first time in it. */
  async warm(): Promise<void> {
    const { nowMs } = this.#parts;
    const deadline = nowMs() + WARM_MS;
    const places = this.#groups.flatMap(({ load, users }) => load.through.map((door) => ({ door, user: users[0] })));
    await Promise.all(
      places.map(async ({ door, user }) => {
        for (;;) {
          const end = user === undefined ? null : await this.#ask([door], user);
          if (end === null || end.isGood || this.#isStopped) return;
          if (nowMs() > deadline) throw new Error(`the door of ${door} does not serve: ${end.detail}`);
          await waitBy(this.#after, 100);
        }
      }),
    );
  }

  start(): void {
    this.#loop.start();
  }

  /** Requests that were sent and have no end yet. */
  get inFlight(): number {
    return this.#open.size;
  }

  /** Sends no more and waits for what is open; each request is bounded by its clients' habits. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#loop.stop();
    await Promise.all(this.#open);
  }

  #sourcesOf(group: GroupState): readonly LoopSource[] {
    const { writesPerSecond, readsPerSecond, fromMs, untilMs } = group.load;
    const times = { fromMs, untilMs: untilMs ?? this.#parts.scenario.durationMs };
    return [
      { perSecond: writesPerSecond, ...times, send: () => this.#send(group, true) },
      { perSecond: readsPerSecond, ...times, send: () => this.#send(group, false) },
    ];
  }

  #send(group: GroupState, isWrite: boolean): void {
    const atMs = this.#parts.nowMs();
    const { load, users } = group;
    const count = isWrite ? group.writes++ : group.reads++;
    const user = users[count % users.length];
    if (user === undefined) return;
    // The door moves on by itself, so that each shard meets each door.
    const first = group.requests++ % load.through.length;
    const doors = [...load.through.slice(first), ...load.through.slice(0, first)];
    if (this.#open.size >= MOST_OPEN) {
      const detail = `not sent: ${MOST_OPEN} requests are open`;
      this.samples.push({
        ...base(load, atMs, isWrite),
        dataCenter: doors[0] ?? '',
        outcome: 'failed',
        latencyMs: 0,
        retries: 0,
        detail,
        requestIds: [],
      });
      return;
    }
    const call = isWrite ? this.#write(load, user, doors, atMs, count) : this.#read(load, user, doors, atMs);
    this.#open.add(call);
    void call.finally(() => this.#open.delete(call));
  }

  async #write(load: LoadGroup, user: DrillUser, doors: readonly string[], atMs: number, count: number): Promise<void> {
    const entry = { user, id: `${load.group}-${count}`, amount: 1 + (count % 97) };
    const end = await clientRequest(
      {
        doors,
        call: {
          method: 'POST',
          path: `${ledgerPath(user)}/entries`,
          headers: { ...userHeaders(user), 'content-type': 'application/json', 'idempotency-key': entry.id },
          body: JSON.stringify({ id: entry.id, amount: entry.amount }),
        },
      },
      this.#client(),
    );
    if (end.isGood) this.book.acknowledged(entry);
    else this.book.unknown(entry);
    this.#record(load, atMs, true, end);
  }

  async #read(load: LoadGroup, user: DrillUser, doors: readonly string[], atMs: number): Promise<void> {
    this.#record(load, atMs, false, await this.#ask(doors, user));
  }

  #ask(doors: readonly string[], user: DrillUser): Promise<ClientEnd> {
    return clientRequest({ doors, call: balanceCall(user) }, this.#client());
  }

  #client() {
    const { doors, scenario } = this.#parts;
    const wait = (ms: number): Promise<void> => waitBy(this.#after, ms);
    return { habits: scenario.clients, call: (call: DoorCall) => doors.call(call), wait };
  }

  #record(load: LoadGroup, atMs: number, isWrite: boolean, end: ClientEnd): void {
    const { dataCenter, retries, detail, requestIds } = end;
    const latencyMs = this.#parts.nowMs() - atMs;
    const outcome = end.isGood ? 'served' : 'failed';
    this.samples.push({ ...base(load, atMs, isWrite), dataCenter, outcome, latencyMs, retries, detail, requestIds });
  }
}

const base = ({ group }: LoadGroup, atMs: number, isWrite: boolean) =>
  ({ kind: 'request', atMs, group, isWrite }) as const;
