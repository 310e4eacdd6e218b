import { ApiError } from '../api-error.ts';
import type { ApiRequest, ApiRoute } from '../api-route.ts';
import type { PlanCall } from '../api-types.ts';
import { answerPlan, type OperationContext } from '../operations/operation-context.ts';

/** What an operation would do, before anybody agrees to it. */
export function planRoutes(context: OperationContext): ApiRoute[] {
  return [
    {
      method: 'POST',
      path: '/v1/plans',
      role: 'viewer',
      summary:
        'What a failover, failback, move or shift would do: moves, load, users, pause, safety rules; changes nothing',
      body: 'PlanCall',
      answer: 'Plan',
      errors: ['NO_RULESET', 'PLAN_IMPOSSIBLE'],
      handle: async ({ body }: ApiRequest) => (await answerPlan(context, checkedCall(body as PlanCall))).answer,
    },
  ];
}

const FIELDS: Readonly<
  Record<PlanCall['kind'], { readonly needed: readonly string[]; readonly allowed: readonly string[] }>
> = {
  failover: { needed: [], allowed: ['dataCenter', 'city', 'emergency'] },
  failback: { needed: [], allowed: ['dataCenter', 'city'] },
  move: { needed: ['shards', 'to'], allowed: ['shards', 'to', 'emergency'] },
  shift: { needed: ['unit', 'weights'], allowed: ['unit', 'weights', 'forMs'] },
};

/** The schema knows the fields of all kinds; which of them belong together is said here, in words that help. */
export function checkedCall(call: PlanCall): PlanCall {
  const { needed, allowed } = FIELDS[call.kind];
  const given = Object.keys(call).filter((name) => name !== 'kind' && name !== 'overrides');
  const missing = needed.find((name) => !given.includes(name));
  if (missing !== undefined)
    throw new ApiError('CALL_INVALID', `a plan of kind ${call.kind} needs ${needed.join(', ')}: ${missing} is missing`);
  const strange = given.find((name) => !allowed.includes(name));
  if (strange !== undefined)
    throw new ApiError('CALL_INVALID', `a plan of kind ${call.kind} has no ${strange}; it takes ${allowed.join(', ')}`);
  return call;
}
