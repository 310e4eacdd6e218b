import type { ApiRoute } from '../api-route.ts';
import type { TopologyAnswer } from '../api-types.ts';
import { type ControlContext, runningTable } from '../control-context.ts';
import { tableView, versionView } from '../table-view.ts';

/** The table and the topology that it was made from. */
export function tableRoutes(context: ControlContext): ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/table',
      role: 'viewer',
      summary: 'Who owns which shard, and since which epoch',
      answer: 'Table',
      errors: ['NO_RULESET'],
      handle: async () => tableView(await runningTable(context)),
    },
    {
      method: 'GET',
      path: '/v1/topology',
      role: 'viewer',
      summary: 'The running ruleset with every default filled in',
      answer: 'Topology',
      errors: ['NO_RULESET'],
      handle: async (): Promise<TopologyAnswer> => {
        const table = await runningTable(context);
        return { ...versionView(table), topology: table.topology.document };
      },
    },
  ];
}
