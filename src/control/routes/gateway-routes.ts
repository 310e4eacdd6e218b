import type { ApiRoute } from '../api-route.ts';
import { cellsView } from '../cell-view.ts';
import { type ControlContext, liveEdges, runningTable } from '../control-context.ts';
import { gatewaysView } from '../gateway-view.ts';

/** The gateways, and the cells as the gateways see them. */
export function gatewayRoutes(context: ControlContext): ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/gateways',
      role: 'viewer',
      summary: 'Every gateway: where it is, whether it is alive, which epoch it runs',
      answer: 'Gateways',
      errors: [],
      handle: async () => gatewaysView(context.edges, (await context.tables.read())?.table ?? null),
    },
    {
      method: 'GET',
      path: '/v1/cells',
      role: 'viewer',
      summary: 'Units, their cells with weights, and the health of each instance',
      answer: 'Cells',
      errors: ['NO_RULESET'],
      handle: async () => cellsView(await runningTable(context), liveEdges(context)),
    },
  ];
}
