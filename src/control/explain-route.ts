import { cellHashOfUser } from '../core/cell-choice.ts';
import { type Decision, decideCopy, decideShard, type EdgePlace } from '../core/decide.ts';
import type { ShardId } from '../core/ids.ts';
import { shardName } from '../core/shard-name.ts';
import { NO_SHARD, shardOf, shardRuleInWords } from '../core/shard-rule.ts';
import { shardsAwayFromHome, type Table } from '../core/table.ts';
import type { Unit } from '../core/topology.ts';
import type { RouteDocument, ShardRule } from '../core/topology-document.ts';
import { CodedError, type ErrorCode } from '../errors.ts';
import type { EdgeRecord } from '../store/records/node-record.ts';
import type { CellChoiceView, OutcomeView, RouteAnswer, ShardChoiceView } from './api-types.ts';
import { cellView } from './cell-view.ts';
import { dataCenterName, shardFields, versionView } from './table-view.ts';

/**
 * The gateways' own matcher, handed in: index of the first route that matches, −1 for none, or the code with which they
 * refuse such a path or host.
 */
export type MatchRoute = (
  routes: readonly RouteDocument[],
  method: string,
  host: string,
  path: string,
) => number | { readonly code: ErrorCode; readonly detail: string };

/** What control and the gateways must judge alike, and only the wiring of programs can share. */
export interface ExplainRules {
  readonly matchRoute: MatchRoute;
  readonly checkUserId: CheckUserId;
}

export interface ExplainRequest {
  /** As an identity source would have found it; null: none did. */
  readonly userId: string | null;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** Index of the data center whose door takes the request. */
  readonly dataCenter: number;
}

/** The gateways' own check of a user ID, handed in: why the text cannot be one, or null. */
export type CheckUserId = (text: string) => string | null;

/** Reads as the gateways count them: case-sensitive, and no TRACE, which no route forwards as a read. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What a gateway does with the request, worked out by the code that the gateways run, on the same table. */
export function explainRoute(
  table: Table,
  request: ExplainRequest,
  reporters: readonly EdgeRecord[],
  { matchRoute, checkUserId }: ExplainRules,
): RouteAnswer {
  const { topology } = table;
  const path = request.path.split('?', 1)[0] ?? '';
  const match = matchRoute(topology.routes, request.method, request.host, path);
  const route = typeof match === 'number' ? topology.routes[match] : undefined;
  const place = edgePlace(table, request.dataCenter, reporters);
  const { shard, decision, detail } =
    typeof match === 'number' ? decide(table, place, route, request, checkUserId) : refused(match.code, match.detail);
  return {
    ...versionView(table),
    request: { ...request, dataCenter: dataCenterName(topology, request.dataCenter) ?? '' },
    route: route === undefined ? null : routeView(route),
    shard: shard === null ? null : shardView(table, shard, request.userId),
    unit: decision.unit === null ? null : unitView(table, decision.unit, decision, place),
    outcome: outcomeView(decision, request.dataCenter, detail),
  };
}

interface Choice {
  readonly shard: ShardId | null;
  readonly decision: Decision;
  /** In place of the decision's reason, where the request did not come as far as a decision. */
  readonly detail: string | null;
}

function decide(
  table: Table,
  place: EdgePlace,
  route: RouteDocument | undefined,
  request: ExplainRequest,
  checkUserId: CheckUserId,
): Choice {
  const { topology } = table;
  if (route === undefined) return refused('NO_ROUTE', 'no route of the ruleset matches host, path and method');
  const problem = request.userId === null ? null : checkUserId(request.userId);
  if (problem !== null) return refused('USER_ID_INVALID', `the user ID ${problem}`);
  const isSafe = SAFE_METHODS.has(request.method);
  const userHash = cellHashOfUser(request.userId ?? '');
  if (route.kind === 'C') return { shard: null, decision: decideCopy(table, place, userHash, isSafe), detail: null };
  const isGlobal = route.kind === 'G' || (request.userId === null && route.onMissing.type === 'global');
  const shard = isGlobal ? topology.globalShard : userShard(table, route, request.userId);
  if (shard === null) return refused('USER_ID_MISSING', `route ${route.name} needs a user ID`);
  if (shard === NO_SHARD) {
    return refused(
      'USER_ID_INVALID',
      `no shard in the user ID: the rule reads ${shardRuleInWords(topology.shardRule)}`,
    );
  }
  const decision = decideShard(table, place, shard, userHash, isSafe && !route.strict);
  return { shard, decision, detail: request.userId === null ? withoutUser(decision) : null };
}

/** Without a user a cell is chosen by the client's address, which nobody told us. */
function withoutUser({ kind, reason }: Decision): string | null {
  return kind === 'forward' ? `${reason}; the cell by the client’s address, so another one may be chosen` : null;
}

/** Null: there is no user ID. Throws CALL_INVALID where the answer depends on what only a real request has. */
function userShard(table: Table, route: RouteDocument, userId: string | null): ShardId | null {
  if (userId !== null) return shardOf(table.topology.shardRule, userId);
  if (route.onMissing.type === 'reject') return null;
  throw new CodedError(
    'CALL_INVALID',
    `userId is missing, and route ${route.name} then goes by onMissing: ${route.onMissing.type}, which needs the request itself`,
  );
}

function refused(code: ErrorCode, detail: string): Choice {
  return {
    shard: null,
    decision: { kind: 'reject', code, unit: null, reason: 'the realm has no unit for this' },
    detail,
  };
}

/** A cell counts as able to take requests unless the gateways of its data center say that none of its instances can. */
function edgePlace(table: Table, dataCenter: number, reporters: readonly EdgeRecord[]): EdgePlace {
  const lost = new Set<number>();
  for (const cell of table.cellsOfUnit.flat()) if (!cellView(table, cell, reporters).available) lost.add(cell.index);
  return { dataCenter, isAvailable: (cell) => !lost.has(cell) };
}

function routeView(route: RouteDocument): RouteAnswer['route'] {
  return { name: route.name, kind: route.kind, path: route.path, onMissing: route.onMissing.type };
}

function shardView(table: Table, shard: ShardId, userId: string | null): ShardChoiceView {
  const { topology } = table;
  const isGlobal = shard === topology.globalShard;
  return {
    name: shardName(topology.shardRule, shard),
    ...shardFields(table, shard),
    atHome: !shardsAwayFromHome(table).includes(shard),
    from: isGlobal ? 'global' : 'user',
    rule: isGlobal ? 'the one global shard' : shardRuleInWords(topology.shardRule),
    digits: isGlobal || userId === null ? null : digitsOf(topology.shardRule, userId),
  };
}

function digitsOf(rule: ShardRule, userId: string): { from: number; to: number } | null {
  if (rule.name !== 'digits/1') return null;
  const to = userId.length - rule.fromEnd;
  return { from: to - rule.digits, to };
}

function unitView(table: Table, unit: Unit, decision: Decision, place: EdgePlace): RouteAnswer['unit'] {
  const { topology } = table;
  const cells = (table.cellsOfUnit[unit.index] ?? []).map(
    (cell): CellChoiceView => ({
      id: cell.id,
      dataCenter: dataCenterName(topology, cell.dataCenter) ?? '',
      weight: cell.weight,
      configuredWeight: topology.cells[cell.index]?.weight ?? cell.weight,
      available: place.isAvailable(cell.index),
      chosen: decision.kind === 'forward' && decision.cell.index === cell.index,
    }),
  );
  return { id: unit.id, kind: unit.kind, cells };
}

function outcomeView(decision: Decision, dataCenter: number, detail: string | null): OutcomeView {
  const { kind } = decision;
  const nowhere = { code: null, cell: null, dataCenter: null, by: null, epoch: null };
  const reason = detail ?? decision.reason;
  if (kind === 'reject') return { ...nowhere, kind, reason, code: decision.code };
  const epoch = decision.unit.kind === 'C' ? null : decision.epoch;
  if (kind === 'hold') return { ...nowhere, kind, reason, epoch };
  const { cell } = decision;
  const by = cell.dataCenter === dataCenter ? 'own' : 'interlink';
  return { kind, reason, code: null, cell: cell.id, dataCenter: decision.dataCenter.id, by, epoch };
}
