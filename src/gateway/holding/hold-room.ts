/** Most that may be held at once. */
export interface HoldBounds {
  readonly maxRequests: number;
  /** Bytes of heads; bodies are not read while a request is held. */
  readonly maxBytes: number;
}

/** What a request that is to be held brings. */
export interface HoldOrder<Fate> {
  readonly shard: number;
  /** Held until the shard is free at this epoch or a higher one. */
  readonly epoch: number;
  readonly bytes: number;
  readonly route: string;
  /** Of the route. */
  readonly bounds: HoldBounds;
  /** Whoever waits for what becomes of it. */
  readonly fate: Fate;
}

export interface HoldTicket<Fate> extends HoldOrder<Fate> {
  /** Monotonic ms. */
  readonly heldAt: number;
}

/** `evicted` gave way; `bound` names the setting that is reached. */
export type Entry<Fate> =
  | { readonly kind: 'held'; readonly ticket: HoldTicket<Fate>; readonly evicted: readonly Eviction<Fate>[] }
  | { readonly kind: 'full'; readonly bound: string };

export interface Eviction<Fate> {
  readonly ticket: HoldTicket<Fate>;
  readonly bound: string;
}

type Measure = 'requests' | 'bytes';
type Sums = Record<Measure, number>;

/** What is held of one route, or of all. */
interface Scope {
  readonly total: Sums;
  readonly byShard: Map<number, Sums>;
}

/**
 * Who is held, in which order, and who has to go when it gets full: pure, without timers. Within one shard the order of coming is
 * kept. When a bound is reached, the shard that holds the most of what is short gives its newest request away, if it holds
 * more than the newcomer's shard would: one busy shard cannot take the places of all others.
 */
export class HoldRoom<Fate> {
  readonly #bounds: HoldBounds;
  readonly #queues = new Map<number, Set<HoldTicket<Fate>>>();
  readonly #routes = new Map<string, Scope>();
  readonly #all: Scope = newScope();

  constructor(bounds: HoldBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#all.total.requests;
  }

  get bytes(): number {
    return this.#all.total.bytes;
  }

  /** Requests of the shard that are held. */
  heldOf(shard: number): number {
    return this.#queues.get(shard)?.size ?? 0;
  }

  /** Shards with held requests. */
  shards(): number[] {
    return [...this.#queues.keys()];
  }

  /** When the request that is held longest came; null if none is held. O(shards). */
  oldestAt(): number | null {
    let oldest: number | null = null;
    for (const queue of this.#queues.values()) {
      for (const { heldAt } of queue) {
        if (oldest === null || heldAt < oldest) oldest = heldAt;
        break;
      }
    }
    return oldest;
  }

  /** Nothing is changed if it says `full`. */
  enter(order: HoldOrder<Fate>, now: number): Entry<Fate> {
    const evicted: Eviction<Fate>[] = [];
    for (;;) {
      const problem = this.#problem(order);
      if (problem === null) break;
      const victim = problem.isHopeless ? null : this.#victim(order, problem);
      if (victim === null) {
        for (const { ticket } of evicted.reverse()) this.#add(ticket);
        return { kind: 'full', bound: problem.bound };
      }
      this.leave(victim);
      evicted.push({ ticket: victim, bound: problem.bound });
    }
    const ticket = { ...order, heldAt: now };
    this.#add(ticket);
    return { kind: 'held', ticket, evicted };
  }

  /** Forgets it; false if it was not held any more. */
  leave(ticket: HoldTicket<Fate>): boolean {
    const queue = this.#queues.get(ticket.shard);
    if (queue?.delete(ticket) !== true) return false;
    if (queue.size === 0) this.#queues.delete(ticket.shard);
    this.#count(ticket, -1);
    return true;
  }

  /** Takes out up to `most` requests of free shards: one of each shard in turn, in each shard's order. */
  take(most: number, isFree: (shard: number, epoch: number) => boolean): HoldTicket<Fate>[] {
    const taken: HoldTicket<Fate>[] = [];
    let shards = this.shards();
    while (taken.length < most && shards.length > 0) {
      shards = shards.filter((shard) => {
        const [first] = this.#queues.get(shard) ?? [];
        if (first === undefined || taken.length >= most || !isFree(shard, first.epoch)) return false;
        this.leave(first);
        taken.push(first);
        return true;
      });
    }
    return taken;
  }

  #problem(order: HoldOrder<Fate>): Problem | null {
    const route = this.#routes.get(order.route) ?? newScope();
    return (
      over(route, order, order.bounds, `hold of route ${order.route}`, order.route) ??
      over(this.#all, order, this.#bounds, 'hold of this gateway', null)
    );
  }

  /** The newest request of the shard that has the most, if that is more than the newcomer's shard would have. */
  #victim(order: HoldOrder<Fate>, { measure, route }: Problem): HoldTicket<Fate> | null {
    const scope = route === null ? this.#all : this.#routes.get(route);
    const own = (scope?.byShard.get(order.shard)?.[measure] ?? 0) + (measure === 'bytes' ? order.bytes : 1);
    let most = own;
    let fullest = -1;
    for (const [shard, sums] of scope?.byShard ?? []) {
      if (shard === order.shard || sums[measure] <= most) continue;
      most = sums[measure];
      fullest = shard;
    }
    let newest: HoldTicket<Fate> | null = null;
    for (const ticket of this.#queues.get(fullest) ?? []) {
      if (route === null || ticket.route === route) newest = ticket;
    }
    return newest;
  }

  #add(ticket: HoldTicket<Fate>): void {
    const queue = this.#queues.get(ticket.shard);
    if (queue === undefined) this.#queues.set(ticket.shard, new Set([ticket]));
    else queue.add(ticket);
    this.#count(ticket, 1);
  }

  #count(ticket: HoldTicket<Fate>, sign: 1 | -1): void {
    let scope = this.#routes.get(ticket.route);
    if (scope === undefined) {
      scope = newScope();
      this.#routes.set(ticket.route, scope);
    }
    add(scope, ticket, sign);
    add(this.#all, ticket, sign);
    if (scope.total.requests === 0) this.#routes.delete(ticket.route);
  }
}

interface Problem {
  readonly measure: Measure;
  /** Null: all routes together. */
  readonly route: string | null;
  readonly bound: string;
  /** It is over the bound all by itself. */
  readonly isHopeless: boolean;
}

const newScope = (): Scope => ({ total: { requests: 0, bytes: 0 }, byShard: new Map() });

function over(
  { total }: Scope,
  { bytes }: { readonly bytes: number },
  { maxRequests, maxBytes }: HoldBounds,
  where: string,
  route: string | null,
): Problem | null {
  if (total.requests + 1 > maxRequests) {
    const bound = `${maxRequests} requests (maxRequests of ${where})`;
    return { measure: 'requests', route, bound, isHopeless: maxRequests < 1 };
  }
  if (total.bytes + bytes <= maxBytes) return null;
  return { measure: 'bytes', route, bound: `${maxBytes} bytes (maxBytes of ${where})`, isHopeless: bytes > maxBytes };
}

function add({ total, byShard }: Scope, { shard, bytes }: HoldTicket<unknown>, sign: 1 | -1): void {
  const sums = byShard.get(shard) ?? { requests: 0, bytes: 0 };
  for (const each of [total, sums]) {
    each.requests += sign;
    each.bytes += sign * bytes;
  }
  if (sums.requests === 0) byShard.delete(shard);
  else byShard.set(shard, sums);
}
