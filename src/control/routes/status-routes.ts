import { evidenceInWords } from '../adoption/restore-evidence.ts';
import type { ApiRoute } from '../api-route.ts';
import type { HealthAnswer, RulesetView } from '../api-types.ts';
import { type ControlContext, liveEdges } from '../control-context.ts';
import { horizonsApart, readGuardHorizons } from '../operations/guard-horizons.ts';
import { decodeRuleset, RULESET_KEY } from '../records/ruleset-record.ts';
import { statusView } from '../status-view.ts';

/** The state of the world in one answer, and the liveness of this process. */
export function statusRoutes(context: ControlContext): ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/status',
      role: 'viewer',
      summary: 'Is all well? Units, shards away from home, overrides, cells, gateways',
      answer: 'Status',
      errors: [],
      handle: async () => {
        const [reading, ruleset] = await Promise.all([context.tables.read(), readRulesetInfo(context)]);
        const { version, realm, edges } = context;
        const reporters = liveEdges(context);
        const { table: newest, proofs } = await context.restored.look();
        const horizonsSaid = horizonsApart(context.horizonMs, await readGuardHorizons(context.store));
        const wentBack = newest === null ? [] : evidenceInWords(newest, proofs);
        const table = reading?.table ?? null;
        const own = { version, realm, table, ruleset, edges, reporters };
        return statusView({ ...own, wentBack, horizonsApart: horizonsSaid });
      },
    },
    {
      method: 'GET',
      path: '/healthz',
      role: 'open',
      summary: 'This control node runs; says nothing of the store',
      answer: 'Health',
      errors: [],
      handle: async (): Promise<HealthAnswer> => ({ status: 'ok', node: context.node, version: context.version }),
    },
  ];
}

/** Null: there is none, or it cannot be used; `rules show` then says why, and the status still comes. */
async function readRulesetInfo({ store }: ControlContext): Promise<RulesetView | null> {
  const [entry] = (await store.read([RULESET_KEY])).entries;
  if (entry === undefined) return null;
  try {
    const { file, sha256, epoch, author, reason, at } = decodeRuleset(entry.value);
    return { file, sha256, epoch, author, reason, at };
  } catch {
    return null;
  }
}
