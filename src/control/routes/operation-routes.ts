import type { ApiRequest, ApiRoute } from '../api-route.ts';
import type { FreezeAllCall, OperationsAnswer, StartCall, WishCall } from '../api-types.ts';
import type { Principal } from '../auth/token-list.ts';
import { turnFreezeAll } from '../operations/freeze-all.ts';
import { answerOperation, type OperationContext, shardRule, viewOf } from '../operations/operation-context.ts';
import { operationEvents } from '../operations/operation-events.ts';
import { inOrder, readOperations, readPolicy } from '../operations/operation-store.ts';
import { startOperation } from '../operations/start-operation.ts';
import { wishFor } from '../operations/wish-for.ts';
import { checkedCall } from './plan-routes.ts';

/** Operations listed unless the call says otherwise. */
const LISTED = 50;

/** Starting, watching and stopping operations, and the switch that forbids them all. */
export function operationRoutes(context: OperationContext): ApiRoute[] {
  return [...watching(context), ...changing(context), ...freezeAll(context)];
}

function watching(context: OperationContext): ApiRoute[] {
  const one = (request: ApiRequest) => answerOperation(context, idOf(request));
  return [
    {
      method: 'GET',
      path: '/v1/operations',
      role: 'viewer',
      summary: 'Operations: those under way first, then the newest',
      query: { limit: { type: 'string', pattern: '^[1-9][0-9]{0,3}$', description: `default ${LISTED}` } },
      answer: 'Operations',
      errors: ['NO_RULESET'],
      handle: (request) => list(context, Number(request.query.limit ?? LISTED)),
    },
    {
      method: 'GET',
      path: '/v1/operations/{id}',
      role: 'viewer',
      summary: 'One operation with its steps, and what it waits for',
      answer: 'Operation',
      errors: ['NO_OPERATION', 'NO_RULESET'],
      handle: one,
    },
    {
      method: 'GET',
      path: '/v1/operations/{id}/events',
      role: 'viewer',
      summary:
        'The same as a stream of events (text/event-stream), each with the whole operation, until it has its outcome',
      answer: 'Operation',
      errors: ['NO_OPERATION', 'NO_RULESET'],
      handle: one,
      stream: (request, signal) => operationEvents(context, idOf(request), signal),
    },
  ];
}

function changing(context: OperationContext): ApiRoute[] {
  return [
    {
      method: 'POST',
      path: '/v1/operations',
      role: 'operator',
      summary: 'Starts an operation: the plan as it was answered; overridden safety rules need the role admin',
      idempotencyKey:
        '8 to 64 letters, digits, _ and -: the same one again starts nothing and answers the same operation',
      body: 'StartCall',
      answer: 'Started',
      errors: [
        'NO_RULESET',
        'PLAN_IMPOSSIBLE',
        'OPERATION_REFUSED',
        'CONFLICT',
        'IDEMPOTENCY_KEY',
        'OPERATION_UNKNOWN',
      ],
      pace: 'apply',
      lateCode: 'OPERATION_UNKNOWN',
      handle: async (request) => {
        const call = request.body as StartCall;
        checkedCall(call.plan.call);
        return startOperation(context, call, request.idempotencyKey, principalOf(request));
      },
    },
    wish(
      context,
      'abort',
      'abort',
      'Takes an operation back, as long as nothing is granted: its shards stay where they were',
    ),
    wish(context, 'accept-data-loss', 'acceptsLoss', 'Lets an emergency go on that may lose the writes on its record'),
  ];
}

function wish(context: OperationContext, name: string, kind: 'abort' | 'acceptsLoss', summary: string): ApiRoute {
  return {
    method: 'POST',
    path: `/v1/operations/{id}/${name}`,
    role: 'operator',
    summary,
    body: 'WishCall',
    answer: 'Operation',
    errors: ['NO_OPERATION', 'NO_RULESET', 'OPERATION_PAST', 'OPERATION_UNKNOWN'],
    lateCode: 'OPERATION_UNKNOWN',
    handle: (request) => wishFor(context, idOf(request), kind, request.body as WishCall, principalOf(request)),
  };
}

function freezeAll(context: OperationContext): ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/freeze-all',
      role: 'viewer',
      summary: 'Whether all operations are forbidden, by whom and why',
      answer: 'FreezeAll',
      errors: [],
      handle: async () => (await readPolicy(context.store)).policy.freezeAll,
    },
    {
      method: 'PUT',
      path: '/v1/freeze-all',
      role: 'operator',
      summary: 'Forbids all new operations, or allows them again; those that have begun to move shards go on',
      body: 'FreezeAllCall',
      answer: 'FreezeAll',
      errors: ['NO_RULESET', 'OPERATION_UNKNOWN'],
      lateCode: 'OPERATION_UNKNOWN',
      handle: (request) => turnFreezeAll(context, request.body as FreezeAllCall, principalOf(request)),
    },
  ];
}

async function list(context: OperationContext, limit: number): Promise<OperationsAnswer> {
  const [rule, { operations }] = await Promise.all([shardRule(context), readOperations(context.store)]);
  const views = inOrder(operations).slice(0, limit);
  return {
    operations: views.map((operation) => viewOf(context, operation, rule)),
    leader: context.desk.leadership.leader,
  };
}

function idOf({ params }: ApiRequest): string {
  return params.id ?? '';
}

function principalOf({ principal }: ApiRequest): Principal {
  if (principal === null) throw new Error('this call is not open');
  return principal;
}
