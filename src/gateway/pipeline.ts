import type { Clock, Random } from '../core/clock.ts';
import { type Decision, decideByHint, decideCopy, decideShard, type EdgePlace, NO_EPOCH } from '../core/decide.ts';
import type { ShardId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import { NONE } from '../core/topology.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import type { ClientHandle, Downstream } from './downstream.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeEnd } from './exchange-end.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import type { Holding } from './holding/holding.ts';
import { checkHead, DEFAULT_HEAD_RULES } from './message/check-head.ts';
import type { MessageFault } from './message/message-fault.ts';
import type { MessageLimits } from './message/message-limits.ts';
import type { ReceivedHead, RequestHead } from './message/request-head.ts';
import { createRequestIds, type RequestIds } from './message/request-id.ts';
import { OwnerHints } from './owner-hints.ts';
import { type Planned, planRequest } from './plan-request.ts';
import { REFUSED, Reception } from './reception.ts';
import type { Lane, RequestFacts, RequestPlan } from './request-plan.ts';
import type { RoutingView } from './routing-view.ts';
import type { HeaderList, Refusal, Upstream } from './upstream.ts';

const NEVER_SENT = Object.freeze({
  plan: null,
  decision: null,
  resends: 0,
  requestBytes: 0,
  responseBytes: 0,
  heldMs: 0,
  totalMs: 0,
  upstreamMs: null,
});

/** Of a head that was refused, in the log. */
const LOGGED_PATH_LENGTH = 256;
const LOGGED_METHOD_LENGTH = 32;

/** What the rules of the message say of a head. */
export type CheckedHead = RequestHead | MessageFault;

/** What the pipeline stands on; the simulator hands in its own. */
export interface PipelineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly dataCenter: string;
  /** Bounds of a head while there is no table; later the routing view has them. Default: those of message-limits.ts. */
  readonly limits?: MessageLimits;
  /** The table in force with its compiled routes; null while there is none. */
  current(): { readonly table: Table; readonly view: RoutingView } | null;
  /** Which cells can take requests. */
  readonly place: Pick<EdgePlace, 'isAvailable'>;
  /** The way to a data center's cells: the own guard, or the interlink. */
  upstreamOf(dataCenter: string): Upstream;
  /** See ExchangeParts. */
  readonly holding: Holding;
  catchUp(): Promise<void>;
  mayResend(): boolean;
  finished(end: ExchangeEnd): void;
  /** Answers say which unit, cell, data center, epoch and lane served them. */
  readonly debugHeaders: boolean;
  readonly traceSampled: boolean;
}

/**
 * Every request of every lane: rules of the message, identity, decision, sending, one outcome. Knows no socket and no
 * framework; docs/life-of-a-request.md tells the story.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #ids: RequestIds;
  readonly #exchangeParts: ExchangeParts;
  readonly #hints = new OwnerHints();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#ids = createRequestIds(parts.clock, parts.random);
    this.#exchangeParts = {
      clock: parts.clock,
      decide: (plan) => this.#decide(plan),
      route: (decision) => parts.upstreamOf(decision.dataCenter.id),
      holding: parts.holding,
      learn: (plan, refusal) => this.#learn(plan, refusal),
      catchUp: () => parts.catchUp(),
      mayResend: () => parts.mayResend(),
      ownHeaders: (facts, decision) => this.#ownHeaders(facts, decision),
      finished: (end) => parts.finished(end),
    };
  }

  /** The rules of the message alone, for a lane that has to know the framing before it asks for an answer. Never throws. */
  check(received: ReceivedHead): CheckedHead {
    const { limits = DEFAULT_HEAD_RULES.limits } = this.#parts;
    return checkHead(received, this.#parts.current()?.view.headRules ?? { ...DEFAULT_HEAD_RULES, limits });
  }

  /**
   * Takes a request. The answer goes to `client`, perhaps before this returns. Never throws. `head`: what `check` said, in the same
   * turn of the event loop.
   */
  begin(
    received: ReceivedHead,
    lane: Lane,
    client: Downstream,
    head: CheckedHead = this.check(received),
  ): ClientHandle {
    try {
      return this.#begin(received, head, lane, client);
    } catch (error) {
      return this.#crash(this.#factsOf(received, lane), error, client);
    }
  }

  #begin(received: ReceivedHead, head: CheckedHead, lane: Lane, client: Downstream): ClientHandle {
    const current = this.#parts.current();
    if (!head.ok) return this.#refuse(this.#factsOf(received, lane), head.code, head.detail, client);
    if (current === null) {
      return this.#refuse(
        this.#factsOf(received, lane),
        'NO_TABLE',
        'the store was not read yet and there is no snapshot',
        client,
      );
    }
    const { table, view } = current;
    const dataCenter = table.topology.dataCenterIndex.get(this.#parts.dataCenter) ?? NONE;
    const { clock, random, traceSampled } = this.#parts;
    const planned = planRequest(head, lane, { view, table, dataCenter, ids: this.#ids, clock, random, traceSampled });
    if (!(planned instanceof Promise)) return this.#proceed(planned, client);
    const reception = new Reception();
    void planned
      .then((result) => this.#goOn(result, reception, client))
      .catch((error) => void this.#crash(this.#factsOf(received, lane), error, client));
    return reception;
  }

  /** The identity is known now; the client may have left, or broken a rule, while it was looked up. */
  #goOn(planned: Planned, reception: Reception, client: Downstream): void {
    const { ending } = reception;
    const facts = planned.kind === 'planned' ? planned.plan : planned.facts;
    if (ending === null) reception.follow(this.#proceed(planned, client));
    else if (ending.code === 'CLIENT_GONE') this.#count(facts, ending.code, ending.detail);
    else this.#refuse(facts, ending.code, ending.detail, client);
  }

  #proceed(planned: Planned, client: Downstream): ClientHandle {
    if (planned.kind === 'refused') return this.#refuse(planned.facts, planned.code, planned.detail, client);
    const exchange = new Exchange(planned.plan, this.#exchangeParts, client);
    exchange.start();
    return exchange;
  }

  #decide(plan: RequestPlan): Decision {
    const current = this.#parts.current();
    if (current === null)
      return { kind: 'reject', code: 'NO_TABLE', unit: null, reason: 'the realm has no unit for this' };
    const { table } = current;
    const place = this.#placeIn(table);
    if (plan.shard === null) return decideCopy(table, place, plan.cellHash, plan.isSafe);
    const hinted = this.#decideByHint(plan, plan.shard, table);
    return hinted ?? decideShard(table, place, plan.shard, plan.cellHash, plan.isSafe);
  }

  #decideByHint({ cellHash }: RequestPlan, shard: ShardId, table: Table): Decision | null {
    const hint = this.#hints.of(table, shard);
    return hint === null ? null : decideByHint(table, this.#placeIn(table), shard, hint, cellHash);
  }

  #placeIn({ topology }: Table): EdgePlace {
    return {
      dataCenter: topology.dataCenterIndex.get(this.#parts.dataCenter) ?? NONE,
      isAvailable: (cell) => this.#parts.place.isAvailable(cell),
    };
  }

  #learn(plan: RequestPlan, refusal: Refusal): boolean {
    const table = this.#parts.current()?.table ?? null;
    if (table === null || plan.shard === null || !this.#hints.learn(table, plan.shard, refusal)) return false;
    return this.#decideByHint(plan, plan.shard, table) !== null;
  }

  #refuse(facts: RequestFacts, code: ErrorCode, detail: string, client: Downstream): ClientHandle {
    client.reject(code, detail, this.#ownHeaders(facts, null));
    this.#count(facts, code, detail);
    return REFUSED;
  }

  #crash(facts: RequestFacts, error: unknown, client: Downstream): ClientHandle {
    client.reject('INTERNAL', 'the gateway’s log has more under the request ID', this.#ownHeaders(facts, null));
    this.#count(facts, 'INTERNAL', String(error));
    return REFUSED;
  }

  /** A request that was sent nowhere. */
  #count(facts: RequestFacts, code: ErrorCode, detail: string): void {
    this.#parts.finished({ ...NEVER_SENT, facts, status: ERRORS[code].status, code, detail });
  }

  #factsOf(received: ReceivedHead, lane: Lane): RequestFacts {
    return {
      lane,
      requestId: this.#ids.next(),
      traceId: '',
      method: received.method.slice(0, LOGGED_METHOD_LENGTH),
      host: '',
      // Nothing was checked yet: what follows `?` may be anybody's secret, and the length is the client's choice.
      path: (received.target.split('?', 1)[0] ?? '').slice(0, LOGGED_PATH_LENGTH),
      clientAddress: received.remoteAddress,
      isSecure: received.secure,
    };
  }

  #ownHeaders(facts: RequestFacts, decision: Decision | null): HeaderList {
    const headers = ['x-request-id', facts.requestId];
    if (!this.#parts.debugHeaders) return headers;
    headers.push('ldc-request-id', facts.requestId, 'ldc-lane', facts.lane);
    if (decision?.kind === 'forward') {
      headers.push(
        'ldc-unit',
        decision.unit.id,
        'ldc-cell',
        decision.cell.id,
        'ldc-data-center',
        decision.dataCenter.id,
      );
      headers.push(
        'ldc-epoch',
        String(decision.epoch === NO_EPOCH ? (this.#parts.current()?.table.epoch ?? 0) : decision.epoch),
      );
    }
    return headers;
  }
}
