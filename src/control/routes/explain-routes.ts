import type { Table } from '../../core/table.ts';
import { ApiError } from '../api-error.ts';
import type { ApiRequest, ApiRoute } from '../api-route.ts';
import { type ControlContext, liveEdges, runningTable } from '../control-context.ts';
import { explainRoute } from '../explain-route.ts';

const QUERY = {
  userId: {
    type: 'string',
    minLength: 1,
    maxLength: 200,
    description: 'as an identity source would find it; left out: none did',
  },
  path: { type: 'string', minLength: 1, maxLength: 8192, default: '/' },
  method: { type: 'string', pattern: '^[A-Za-z]{1,20}$', default: 'GET' },
  host: { type: 'string', minLength: 1, maxLength: 260, default: 'localhost' },
  dataCenter: {
    type: 'string',
    maxLength: 100,
    description: 'whose door takes the request; default: the first of the ruleset',
  },
} as const;

/** What the gateways do with a request, and why. */
export function explainRoutes(context: ControlContext): ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/route',
      role: 'viewer',
      summary: 'Explains what every gateway does with a request, by the code that they run',
      query: QUERY,
      answer: 'Route',
      errors: ['NO_RULESET'],
      handle: async (request) => {
        const table = await runningTable(context);
        return explainRoute(table, explainRequest(table, request), liveEdges(context), context.explain);
      },
    },
  ];
}

function explainRequest(table: Table, { query }: ApiRequest) {
  const { topology } = table;
  const names = topology.dataCenters.map(({ id }) => id);
  const dataCenter = query.dataCenter === undefined ? 0 : topology.dataCenterIndex.get(query.dataCenter);
  if (dataCenter === undefined) {
    throw new ApiError(
      'CALL_INVALID',
      `dataCenter is ${JSON.stringify(query.dataCenter)}, must be one of ${names.join(', ')}`,
    );
  }
  return {
    userId: query.userId ?? null,
    method: query.method ?? 'GET',
    host: query.host ?? 'localhost',
    path: query.path ?? '/',
    dataCenter,
  };
}
