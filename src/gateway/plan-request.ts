import { cellHashOfUser } from '../core/cell-choice.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { ShardId } from '../core/ids.ts';
import { NO_SHARD, shardOf, shardRuleInWords } from '../core/shard-rule.ts';
import type { Table } from '../core/table.ts';
import type { RouteDocument } from '../core/topology-document.ts';
import type { ErrorCode } from '../errors.ts';
import type { IdentityResult } from './identity/identity-result.ts';
import type { RequestHeadView } from './identity/request-head-view.ts';
import { forwarding } from './message/forwarded.ts';
import { forwardTarget, type RequestHead } from './message/request-head.ts';
import { type RequestIds, requestIdOf } from './message/request-id.ts';
import { routePath } from './message/route-path.ts';
import { traceContext } from './message/trace-context.ts';
import { hashedShard, localShard } from './miss-policy.ts';
import { PlannedRoute, type RequestDraft } from './planned-route.ts';
import type { Lane, RequestFacts, RequestPlan } from './request-plan.ts';
import type { CompiledRoute, RoutingView } from './routing-view.ts';

/** What planning is handed besides the request. */
export interface PlanContext {
  readonly view: RoutingView;
  readonly table: Table;
  /** Index of the edge's own data center. */
  readonly dataCenter: number;
  readonly ids: RequestIds;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether traces that begin here are recorded by the cells' tracers. */
  readonly traceSampled: boolean;
}

export type Planned =
  | { readonly kind: 'planned'; readonly plan: RequestPlan }
  | { readonly kind: 'refused'; readonly facts: RequestFacts; readonly code: ErrorCode; readonly detail: string };

interface Draft extends RequestDraft {
  readonly compiled: CompiledRoute;
}

/**
 * From a checked head to a plan: path, route, identity, shard. Synchronous unless a session or a key must be looked up; never
 * rejects. No detail in it ever holds a user ID, a token or a session.
 */
export function planRequest(head: RequestHead, lane: Lane, context: PlanContext): Planned | Promise<Planned> {
  const { view } = context;
  const forwarded = forwarding(head, view.trust);
  const trace = traceContext(head, context.random, context.traceSampled);
  const facts: RequestFacts = {
    lane,
    requestId: requestIdOf(head.headers, forwarded.trustedPeer, context.ids),
    traceId: trace.traceId,
    method: head.method,
    host: head.host,
    path: head.path,
    clientAddress: forwarded.clientAddress,
    isSecure: head.secure,
  };
  const path = routePath(head.path);
  if (!path.ok) return refused(facts, path.code, path.detail);
  const compiled = view.routes[view.matcher.match(head.method, head.host, path.path)];
  if (compiled === undefined) return refused(facts, 'NO_ROUTE', `${head.method} ${path.path}`);
  const target = forwardTarget(path.path, head.query);
  const routed = withoutIdentity(facts, compiled.hiddenSegments);
  const tooLarge = bodyOverLimit(head, compiled.route);
  if (tooLarge !== null) return refused(routed, 'BODY_TOO_LARGE', tooLarge);
  const { guarded } = view.headRules;
  const draft = { head, facts: routed, target, compiled, route: compiled.route, forwarded, trace, guarded };
  const headView: RequestHeadView = {
    path: path.path,
    query: head.query,
    headers: head.headers,
  };
  const peer = { peerIsTrusted: forwarded.trustedPeer };
  const identity = compiled.identifier.identify(headView, peer);
  if (!(identity instanceof Promise)) return planIdentified(identity, headView, draft, context);
  return identity.then((result) => planIdentified(result, headView, draft, context));
}

function planIdentified(
  identity: IdentityResult,
  headView: RequestHeadView,
  draft: Draft,
  context: PlanContext,
): Planned | Promise<Planned> {
  const { route, missIdentifier } = draft.compiled;
  if (identity.kind === 'invalid') return refused(draft.facts, identity.code, identity.detail);
  if (identity.kind === 'found') return planUser(identity.userId, draft, context);
  if (identity.kind === 'unavailable' && route.onUnavailable === 'reject') {
    return refused(draft.facts, 'IDENTITY_UNAVAILABLE', identity.detail);
  }
  if (missIdentifier === null || route.kind !== 'R') return planMissing(identity.detail, draft, context);
  const other = missIdentifier.identify(headView, { peerIsTrusted: draft.forwarded.trustedPeer });
  const plan = (key: IdentityResult): Planned => planHashed(key, draft, context);
  return other instanceof Promise ? other.then(plan) : plan(other);
}

function planUser(userId: string, draft: Draft, { table }: PlanContext): Planned {
  const { kind } = draft.compiled.route;
  if (kind === 'C') return planned(draft, null, userId, userId);
  if (kind === 'G') return planned(draft, table.topology.globalShard, userId, userId);
  const { shardRule } = table.topology;
  const shard = shardOf(shardRule, userId);
  if (shard !== NO_SHARD) return planned(draft, shard, userId, userId);
  return refused(draft.facts, 'USER_ID_INVALID', `the shard is read from ${shardRuleInWords(shardRule)}`);
}

/** No source names a user, and the policy needs no other key. */
function planMissing(detail: string | null, draft: Draft, { table, dataCenter }: PlanContext): Planned {
  const { route } = draft.compiled;
  const { clientAddress } = draft.facts;
  if (route.kind === 'C') return planned(draft, null, null, clientAddress);
  if (route.kind === 'G' || route.onMissing.type === 'global') {
    return planned(draft, table.topology.globalShard, null, clientAddress);
  }
  const shard = route.onMissing.type === 'local' ? localShard(table, dataCenter, clientAddress) : NO_SHARD;
  if (shard !== NO_SHARD) return planned(draft, shard, null, clientAddress);
  const sources = route.identity.map((source) => source.type).join(', ');
  const why = detail === null ? '' : `; ${detail}`;
  return refused(draft.facts, 'USER_ID_MISSING', `route ${route.name} takes it from: ${sources}${why}`);
}

function planHashed(key: IdentityResult, draft: Draft, { table }: PlanContext): Planned {
  if (key.kind === 'invalid') return refused(draft.facts, key.code, key.detail);
  if (key.kind === 'unavailable') return refused(draft.facts, 'IDENTITY_UNAVAILABLE', key.detail);
  if (key.kind === 'found') return planned(draft, hashedShard(table, key.userId), null, key.userId);
  return refused(
    draft.facts,
    'USER_ID_MISSING',
    `route ${draft.compiled.route.name}: nor is there the key to hash instead`,
  );
}

function planned(draft: Draft, shard: ShardId | null, userId: string | null, cellKey: string): Planned {
  return { kind: 'planned', plan: new PlannedRoute(draft, shard, userId, cellHashOfUser(cellKey)) };
}

/** A length that the head announces is judged on the head: no byte of it is asked for. */
function bodyOverLimit(head: RequestHead, { name, limits }: RouteDocument): string | null {
  if (typeof head.framing !== 'number' || head.framing <= limits.bodyBytes) return null;
  return `${head.framing} bytes, at most ${limits.bodyBytes} (limits.bodyBytes of route ${name})`;
}

/** User IDs in the path stay out of the log. */
function withoutIdentity(facts: RequestFacts, hidden: readonly number[]): RequestFacts {
  if (hidden.length === 0) return facts;
  // The path begins with a slash: segment 0 is the second part.
  const segments = facts.path.split('/').map((part, index) => (hidden.includes(index - 1) ? '***' : part));
  return { ...facts, path: segments.join('/') };
}

function refused(facts: RequestFacts, code: ErrorCode, detail: string): Planned {
  return { kind: 'refused', facts, code, detail };
}
