import { type AdoptionContext, answerAdoption, answerProgress } from '../adoption/look-at-adoption.ts';
import { type StartAdoptionParts, startAdoption } from '../adoption/start-adoption.ts';
import type { ApiRoute } from '../api-route.ts';
import type { AdoptionCall } from '../api-types.ts';

/** Looking at a store that may have gone back, and adopting it. */
export function adoptionRoutes(context: StartAdoptionParts): ApiRoute[] {
  return [look(context), progress(context), start(context)];
}

function look(context: AdoptionContext): ApiRoute {
  return {
    method: 'GET',
    path: '/v1/store/adoption',
    role: 'viewer',
    summary:
      'What adopting this store would find: what gateways and gates have seen, and whom the gates show as promoted; changes nothing',
    answer: 'Adoption',
    errors: ['NO_RULESET'],
    pace: 'apply',
    handle: () => answerAdoption(context),
  };
}

function progress(context: AdoptionContext): ApiRoute {
  return {
    method: 'GET',
    path: '/v1/store/adoption/progress',
    role: 'viewer',
    summary: 'The newest adoption on record; asks no gate',
    answer: 'AdoptionProgress',
    errors: ['NO_RULESET'],
    handle: () => answerProgress(context),
  };
}

function start(context: StartAdoptionParts): ApiRoute {
  return {
    method: 'POST',
    path: '/v1/store/adoption',
    role: 'admin',
    summary:
      'Adopts a restored store: a new incarnation, every shard frozen, owners by what the gates show; joins the one under way',
    body: 'AdoptionCall',
    answer: 'AdoptionStarted',
    errors: ['NO_RULESET', 'ADOPTION_REFUSED', 'CONFLICT', 'OPERATION_UNKNOWN'],
    pace: 'apply',
    lateCode: 'OPERATION_UNKNOWN',
    handle: async ({ body, principal }) => {
      if (principal === null) throw new Error('this call is not open');
      return startAdoption(context, body as AdoptionCall, principal);
    },
  };
}
