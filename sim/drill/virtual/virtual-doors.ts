import { shardOf } from '../../../src/core/shard-rule.ts';
import type { ShardRule } from '../../../src/core/topology-document.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import type { ReceivedHead } from '../../../src/gateway/message/request-head.ts';
import type { ClientRequest } from '../../fleet/facts.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import type { SimGateway } from '../../fleet/sim-gateway.ts';
import type { Acknowledged } from '../../load/crowd.ts';
import type { DoorCall, Try } from '../doors.ts';
import type { After } from '../drill-timer.ts';
import { DoorTry } from './door-try.ts';

/** From a client to a door, and until it knows that nobody listens there, ms. */
const WAY_MS = 0.2;
const REFUSED_MS = 1;

/** The doors of a fleet in virtual time, as `Doors` for real ones: any gateway of a data center, in turn. */
export class VirtualDoors {
  /** What clients were told is done, by the entry's ID. */
  readonly acknowledged = new Map<string, Acknowledged>();
  /** IDs of the requests that gateways held for a freeze. */
  readonly held = new Set<string>();
  readonly #fleet: Fleet;
  readonly #rule: ShardRule;
  readonly #after: After;
  readonly #open = new Set<DoorTry>();
  readonly #closed = new Set<string>();
  #turn = 0;
  #tries = 0;

  constructor(fleet: Fleet, rule: ShardRule, after: After) {
    this.#fleet = fleet;
    this.#rule = rule;
    this.#after = after;
    fleet.facts.on('exchangeEnded', ({ requestId, heldMs }) => {
      if (heldMs > 0) this.held.add(requestId);
    });
  }

  /** Tries that have no end yet. */
  get inFlight(): number {
    return this.#open.size;
  }

  unansweredAt(process: string): number {
    return [...this.#open].filter(({ gateway }) => gateway.process.id === process).length;
  }

  call(call: DoorCall): Promise<Try> {
    const gateways = this.#fleet.gatewaysOf(call.dataCenter);
    this.#turn += 1;
    const gateway = gateways[this.#turn % gateways.length];
    return new Promise((resolve) => {
      if (gateway === undefined || !gateway.process.isUp || this.#closed.has(gateway.process.id))
        this.#after(REFUSED_MS, () => resolve({ kind: 'none', detail: 'ECONNREFUSED' }));
      else this.#send(call, gateway, resolve);
    });
  }

  /** A process ended, or takes no connections any more while it ends what it has. */
  close(process: string): void {
    this.#closed.add(process);
    for (const attempt of [...this.#open])
      if (attempt.gateway.process.id === process && !attempt.gateway.process.isUp)
        this.#after(REFUSED_MS, () => attempt.broken('ECONNRESET'));
  }

  open(process: string): void {
    this.#closed.delete(process);
  }

  #send(call: DoorCall, gateway: SimGateway, resolve: (end: Try) => void): void {
    const { facts, world } = this.#fleet;
    const request = this.#requestOf(call);
    const { life } = gateway.process;
    const ended = (end: Try): void => {
      cancel();
      this.#open.delete(attempt);
      if (request.kind === 'keyed' && end.kind === 'answer' && end.status < 300)
        this.acknowledged.set(request.id, { request, at: world.now });
      if (request.kind === 'keyed')
        world.note(
          request.shard,
          'client',
          `${request.tag} is told ${end.kind === 'answer' ? end.status : end.detail}`,
        );
      resolve(end);
    };
    const answered = (status: number, code: ErrorCode | null, finals: number): void =>
      facts.tell({ kind: 'answered', request, status, code, finals });
    const attempt = new DoorTry(gateway, headOf(call, request), { ended, answered });
    this.#open.add(attempt);
    const cancel = this.#after(call.timeoutMs, () => {
      attempt.abandon();
      attempt.broken(`no answer within ${call.timeoutMs} ms`);
    });
    if (request.kind === 'keyed') world.note(request.shard, 'client', `${request.tag} asks ${gateway.process.id}`);
    this.#after(WAY_MS, () => {
      // It died on the way.
      if (gateway.process.life !== life) attempt.broken('ECONNRESET');
      else gateway.process.after(0, () => attempt.start());
    });
  }

  #requestOf({ method, headers, body }: DoorCall): ClientRequest {
    this.#tries += 1;
    const user = headers['x-user-id'] ?? 'G';
    const entry = body === null ? { id: 'read', amount: 0 } : (JSON.parse(body) as { id: string; amount: number });
    const shard =
      user === 'G' ? (this.#fleet.history.table?.topology.globalShard ?? 0) : (shardOf(this.#rule, user) as number);
    const kind = method === 'POST' ? 'keyed' : 'read';
    const tag = `${entry.id}#${this.#tries}`;
    return { ...entry, tag, user, shard, kind, hasBody: false, sentAt: this.#fleet.world.now };
  }
}

function headOf({ method, path }: DoorCall, { user, id, amount, tag, kind }: ClientRequest): ReceivedHead {
  const headers = ['Host', 'shop.example'];
  if (user !== 'G') headers.push('X-User-Id', user);
  if (kind === 'keyed') headers.push('X-Entry', `${id} ${amount} ${tag}`);
  return { method, target: path, httpVersion: '1.1', headers, remoteAddress: '192.0.2.1', secure: false };
}
