import type { ShardId } from '../core/ids.ts';
import type { RouteDocument } from '../core/topology-document.ts';
import { endToEndRequestHeaders, endToEndRequestLines } from './message/end-to-end-headers.ts';
import { fieldLines } from './message/field-lines.ts';
import type { Forwarding } from './message/forwarded.ts';
import { isSafeMethod } from './message/method.ts';
import type { RequestHead } from './message/request-head.ts';
import type { TraceContext } from './message/trace-context.ts';
import type { Lane, RequestFacts, RequestPlan } from './request-plan.ts';
import type { HeaderList, UpstreamRequest } from './upstream.ts';

/** The request as far as the head alone tells. */
export interface RequestDraft {
  readonly head: RequestHead;
  readonly facts: RequestFacts;
  readonly target: string;
  readonly route: RouteDocument;
  readonly forwarded: Forwarding;
  readonly trace: TraceContext;
  readonly guarded: ReadonlySet<string>;
}

/** A plan made of a request's head. Its fields are put together when they are asked for, in the form that is asked for. */
export class PlannedRoute implements RequestPlan {
  readonly #draft: RequestDraft;
  readonly #userId: string | null;
  readonly lane: Lane;
  readonly requestId: string;
  readonly traceId: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly clientAddress: string;
  readonly isSecure: boolean;
  readonly target: string;
  readonly guarded: ReadonlySet<string>;
  readonly body: UpstreamRequest['body'];
  readonly upgrade: string | null;
  readonly isSafe: boolean;
  readonly route: RouteDocument;
  readonly shard: ShardId | null;
  readonly cellHash: number;
  readonly maskedUserId: string | null;

  constructor(draft: RequestDraft, shard: ShardId | null, userId: string | null, cellHash: number) {
    const { head, facts, route } = draft;
    this.#draft = draft;
    this.#userId = userId;
    this.lane = facts.lane;
    this.requestId = facts.requestId;
    this.traceId = facts.traceId;
    this.method = facts.method;
    this.host = facts.host;
    this.path = facts.path;
    this.clientAddress = facts.clientAddress;
    this.isSecure = facts.isSecure;
    this.target = draft.target;
    this.guarded = draft.guarded;
    this.body = head.framing;
    this.upgrade = head.upgrade;
    this.isSafe = isSafeMethod(head.method) && head.upgrade === null && !isStrict(route);
    this.route = route;
    this.shard = shard;
    this.cellHash = cellHash;
    this.maskedUserId = userId === null ? null : maskUserId(userId);
  }

  get headers(): HeaderList {
    const { head, forwarded, trace } = this.#draft;
    const ours = forwarded.headers.concat(trace.headers);
    ours.push('x-request-id', this.requestId);
    if (this.#userId !== null) ours.push('ldc-user-id', this.#userId);
    return endToEndRequestHeaders(head, ours);
  }

  get lines(): string {
    const { head, forwarded, trace } = this.#draft;
    const theirs =
      head.lines === undefined ? fieldLines(endToEndRequestHeaders(head, [])) : endToEndRequestLines(head, head.lines);
    const text = `${theirs}${forwarded.lines}${fieldLines(trace.headers)}x-request-id: ${this.requestId}\r\n`;
    return this.#userId === null ? text : `${text}ldc-user-id: ${this.#userId}\r\n`;
  }
}

/** A strict route's reads follow the rules of writes; a copy (C) takes reads only, whatever the route says. */
function isStrict(route: RouteDocument): boolean {
  return route.strict && route.kind !== 'C';
}

/** Enough to recognise a report, too little to name a user: the shard's digits at most. */
export function maskUserId(userId: string): string {
  return userId.length <= 4 ? '***' : `***${userId.slice(-2)}`;
}
