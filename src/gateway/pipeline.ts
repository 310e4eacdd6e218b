import type { Clock, Random } from '../core/clock.ts';
import { type Decision, decideCopy, decideShard, type EdgePlace, NO_EPOCH } from '../core/decide.ts';
import type { Table } from '../core/table.ts';
import { NONE } from '../core/topology.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import type { ClientHandle, Downstream } from './downstream.ts';
import { Exchange, type ExchangeEnd, type ExchangeParts } from './exchange.ts';
import { checkHead, DEFAULT_HEAD_RULES } from './message/check-head.ts';
import type { ReceivedHead } from './message/request-head.ts';
import { createRequestIds, type RequestIds } from './message/request-id.ts';
import { Reception, REFUSED } from './reception.ts';
import { type Planned, planRequest } from './plan-request.ts';
import type { Lane, RequestFacts, RequestPlan } from './request-plan.ts';
import type { RoutingView } from './routing-view.ts';
import type { HeaderList, Upstream } from './upstream.ts';

const NEVER_SENT = Object.freeze({
  plan: null,
  decision: null,
  resends: 0,
  requestBytes: 0,
  responseBytes: 0,
  totalMs: 0,
  upstreamMs: null,
});

/** What the pipeline stands on; the simulator hands in its own. */
export interface PipelineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly dataCenter: string;
  /** The table in force with its compiled routes; null while there is none. */
  current(): { readonly table: Table; readonly view: RoutingView } | null;
  /** Which cells can take requests. */
  readonly place: Pick<EdgePlace, 'isAvailable'>;
  /** The way to a data center's cells: the own guard, or the interlink. */
  upstreamOf(dataCenter: string): Upstream;
  /** See ExchangeParts. */
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

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#ids = createRequestIds(parts.clock, parts.random);
    this.#exchangeParts = {
      clock: parts.clock,
      decide: (plan) => this.#decide(plan),
      route: (decision) => parts.upstreamOf(decision.dataCenter.id),
      catchUp: () => parts.catchUp(),
      mayResend: () => parts.mayResend(),
      ownHeaders: (facts, decision) => this.#ownHeaders(facts, decision),
      finished: (end) => parts.finished(end),
    };
  }

  /** Takes a request. The answer goes to `client`, perhaps before this returns. Never throws. */
  begin(received: ReceivedHead, lane: Lane, client: Downstream): ClientHandle {
    const reception = new Reception();
    const current = this.#parts.current();
    const head = checkHead(received, current?.view.headRules ?? DEFAULT_HEAD_RULES);
    if (!head.ok) return this.#refuse(this.#factsOf(received, lane), head.code, head.detail, client);
    if (current === null) {
      return this.#refuse(this.#factsOf(received, lane), 'NO_TABLE', 'the store was not read yet and there is no snapshot', client);
    }
    const { table, view } = current;
    const dataCenter = table.topology.dataCenterIndex.get(this.#parts.dataCenter) ?? NONE;
    const { clock, random, traceSampled } = this.#parts;
    const planned = planRequest(head, lane, { view, table, dataCenter, ids: this.#ids, clock, random, traceSampled });
    if (!(planned instanceof Promise)) return this.#proceed(planned, client);
    void planned.then((result) => {
      if (reception.isAbandoned) this.#countGone(result);
      else reception.follow(this.#proceed(result, client));
    });
    return reception;
  }

  #proceed(planned: Planned, client: Downstream): ClientHandle {
    if (planned.kind === 'refused') return this.#refuse(planned.facts, planned.code, planned.detail, client);
    const exchange = new Exchange(planned.plan, this.#exchangeParts, client);
    exchange.start();
    return exchange;
  }

  #decide(plan: RequestPlan): Decision {
    const current = this.#parts.current();
    if (current === null) return { kind: 'reject', code: 'NO_TABLE', unit: null, reason: 'the realm has no unit for this' };
    const { table } = current;
    const place: EdgePlace = {
      dataCenter: table.topology.dataCenterIndex.get(this.#parts.dataCenter) ?? NONE,
      isAvailable: (cell) => this.#parts.place.isAvailable(cell),
    };
    if (plan.shard === null) return decideCopy(table, place, plan.cellHash, plan.isSafe);
    return decideShard(table, place, plan.shard, plan.cellHash, plan.isSafe);
  }

  #refuse(facts: RequestFacts, code: ErrorCode, detail: string, client: Downstream): ClientHandle {
    client.reject(code, detail, this.#ownHeaders(facts, null));
    this.#parts.finished({ ...NEVER_SENT, facts, status: ERRORS[code].status, code, detail });
    return REFUSED;
  }

  /** The client left while its identity was looked up. */
  #countGone(planned: Planned): void {
    const facts = planned.kind === 'planned' ? planned.plan : planned.facts;
    const detail = 'the client closed the connection during the look-up of its identity';
    this.#parts.finished({ ...NEVER_SENT, facts, status: ERRORS.CLIENT_GONE.status, code: 'CLIENT_GONE', detail });
  }

  #factsOf(received: ReceivedHead, lane: Lane): RequestFacts {
    return {
      lane,
      requestId: this.#ids.next(),
      traceId: '',
      method: received.method,
      host: '',
      path: received.target,
      clientAddress: received.remoteAddress,
      isSecure: received.secure,
    };
  }

  #ownHeaders(facts: RequestFacts, decision: Decision | null): HeaderList {
    const headers = ['x-request-id', facts.requestId];
    if (!this.#parts.debugHeaders) return headers;
    headers.push('ldc-request-id', facts.requestId, 'ldc-lane', facts.lane);
    if (decision?.kind === 'forward') {
      headers.push('ldc-unit', decision.unit.id, 'ldc-cell', decision.cell.id, 'ldc-data-center', decision.dataCenter.id);
      headers.push('ldc-epoch', String(decision.epoch === NO_EPOCH ? (this.#parts.current()?.table.epoch ?? 0) : decision.epoch));
    }
    return headers;
  }
}
