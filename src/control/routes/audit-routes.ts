import type { ApiRoute } from '../api-route.ts';
import { type ControlContext, runningTable } from '../control-context.ts';
import { auditPage, verifyAudit } from '../operations/audit-pages.ts';

const LISTED = 50;

/** Who changed what, and whether nobody changed the record of it. */
export function auditRoutes(context: ControlContext): ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/audit',
      role: 'viewer',
      summary: 'Changes of the table, newest first, in pages',
      query: {
        before: { type: 'string', pattern: '^[1-9][0-9]{0,15}$', description: 'epoch; default: the newest' },
        limit: { type: 'string', pattern: '^[1-9][0-9]{0,2}$', description: `at most 120, default ${LISTED}` },
      },
      answer: 'Audit',
      errors: ['NO_RULESET'],
      handle: async ({ query }) => {
        const newest = (await runningTable(context)).epoch;
        const before = Math.min(Number(query.before ?? newest + 1), newest + 1);
        return auditPage(context.store, before, Number(query.limit ?? LISTED));
      },
    },
    {
      method: 'GET',
      path: '/v1/audit/verify',
      role: 'viewer',
      summary: 'Checks the chain of hashes from the first epoch to the running one',
      answer: 'AuditVerification',
      errors: ['NO_RULESET'],
      pace: 'apply',
      handle: async () => verifyAudit(context.store, (await runningTable(context)).epoch),
    },
  ];
}
