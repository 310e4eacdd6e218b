import type { ClientRequest } from '../fleet/facts.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { SimGateway } from '../fleet/sim-gateway.ts';
import type { RandomStream } from '../world/random-stream.ts';
import { ClientTry, type TryEnd } from './sim-client.ts';

export interface CrowdSettings {
  readonly requestsPerSecond: number;
  readonly writeShare: number;
  /** Users; few of them, so that shards see many writes. */
  readonly shards: readonly number[];
}

/** An acknowledged write, for the books. */
export interface Acknowledged {
  readonly request: ClientRequest;
  readonly at: number;
}

/** A connection to a process that died is reset; then its client knows. */
const LOOK_MS = 400;
/** Clients leave after this, some much earlier. */
const PATIENCE_MS = 12_000;
const RETRIES = 6;

/** Clients of all doors: they write, read, repeat what they may repeat, and leave. */
export class Crowd {
  readonly acknowledged = new Map<string, Acknowledged>();
  /** Entries whose outcome nobody was told; they may be there. */
  readonly unknown = new Set<string>();
  /** Answers by status and code. */
  readonly outcomes = new Map<string, number>();
  requests = 0;
  readonly #fleet: Fleet;
  readonly #settings: CrowdSettings;
  readonly #random: RandomStream;
  readonly #open = new Set<ClientTry>();
  #isOpen = true;
  #count = 0;

  constructor(fleet: Fleet, settings: CrowdSettings) {
    this.#fleet = fleet;
    this.#settings = settings;
    this.#random = fleet.world.random.named('clients');
  }

  start(): void {
    this.#next();
    this.#watchConnections();
  }

  /** No new requests from now on. */
  stop(): void {
    this.#isOpen = false;
  }

  get inFlight(): number {
    return this.#open.size;
  }

  #next(): void {
    const { requestsPerSecond } = this.#settings;
    this.#fleet.people.after(this.#random.exponential(1000 / requestsPerSecond), () => {
      if (!this.#isOpen) return;
      this.#send(this.#draw(), 0);
      this.#next();
    });
  }

  #draw(): ClientRequest {
    const random = this.#random;
    const number = ++this.#count;
    const shard = random.pick(this.#settings.shards);
    const isWrite = random.chance(this.#settings.writeShare);
    const kind = isWrite ? (random.chance(0.5) ? 'plain' : 'keyed') : random.chance(0.1) ? 'copy' : 'read';
    const isGlobal = shard === this.#fleet.history.table?.topology.globalShard;
    const user = isGlobal ? 'G' : `${1 + random.below(3)}${String(shard).padStart(2, '0')}`;
    const sentAt = this.#fleet.world.now;
    const id = `e${number}`;
    const hasBody = isWrite && random.chance(0.3);
    return { id, tag: `${id}.1`, user, shard, amount: 1 + random.below(9), kind, hasBody, sentAt };
  }

  #send(request: ClientRequest, tries: number): void {
    const gateway = this.#door();
    this.requests += 1;
    const { world, people } = this.#fleet;
    if (gateway === null) return;
    let hasLeft = false;
    const attempt: ClientTry = new ClientTry(request, gateway, (end) => {
      this.#open.delete(attempt);
      patience.cancel();
      const { finals } = attempt;
      this.#fleet.facts.tell({ kind: 'answered', request, status: end.status, code: end.code, finals });
      if (!hasLeft) this.#answered(request, end, tries);
    });
    this.#open.add(attempt);
    const most = this.#random.chance(0.03) ? this.#random.between(1, 400) : PATIENCE_MS;
    const patience = people.after(most, () => {
      hasLeft = true;
      this.#open.delete(attempt);
      world.note(request.shard, 'client', `${request.tag} leaves`);
      attempt.abandon();
      this.#answered(request, { status: 0, code: 'CONNECTION_LOST', detail: 'left' }, tries);
    });
    if (request.kind === 'plain' || request.kind === 'keyed')
      world.note(request.shard, 'client', `${request.tag} (${request.kind}) asks ${gateway.process.id}`);
    gateway.process.after(0.2, () => {
      if (!hasLeft) attempt.start();
    });
  }

  /** A door that lives; which one is the balancer's choice. */
  #door(): SimGateway | null {
    const { gateways } = this.#fleet;
    const first = this.#random.below(gateways.length);
    for (let step = 0; step < gateways.length; step += 1) {
      const gateway = gateways[(first + step) % gateways.length] as SimGateway;
      if (gateway.process.isUp) return gateway;
    }
    return null;
  }

  #answered(request: ClientRequest, { status, code, detail }: TryEnd, tries: number): void {
    const isWrite = request.kind === 'plain' || request.kind === 'keyed';
    const name = code ?? String(status);
    this.outcomes.set(name, (this.outcomes.get(name) ?? 0) + 1);
    if (!isWrite) return;
    this.#fleet.world.note(request.shard, 'client', `${request.tag} is told ${status} ${name} ${detail}`);
    if (code === null && (status === 200 || status === 201)) {
      this.acknowledged.set(request.id, { request, at: this.#fleet.world.now });
      this.unknown.delete(request.id);
      return;
    }
    this.unknown.add(request.id);
    if (request.kind === 'plain' || tries >= RETRIES) return;
    const again = { ...request, tag: `${request.id}.${tries + 2}` };
    this.#fleet.people.after(this.#random.between(100, 1_500), () => this.#send(again, tries + 1));
  }

  /** A client of a gateway that died sees its connection reset. */
  #watchConnections(): void {
    const look = (): void => {
      for (const attempt of this.#open) if (attempt.isReset) attempt.reject('CLIENT_GONE', 'the connection was reset');
      this.#fleet.people.after(LOOK_MS, look);
    };
    look();
  }
}
