import type { Incarnation } from '../../core/ids.ts';
import { ApiError } from '../api-error.ts';
import type { ApiRequest, ApiRoute } from '../api-route.ts';
import type { ApplyCall, DiffAnswer, RulesCall, RulesetAnswer } from '../api-types.ts';
import { applyRuleset } from '../apply-ruleset.ts';
import { type ControlContext, liveEdges, runningTable } from '../control-context.ts';
import { planRuleset } from '../plan-ruleset.ts';
import { decodeRuleset, RULESET_KEY } from '../records/ruleset-record.ts';
import { readRuleset, validateRuleset } from '../ruleset-reading.ts';
import { awayViews, overrideViews } from '../table-view.ts';

/** Rulesets: check, compare, apply, show. */
export function rulesRoutes(context: ControlContext): ApiRoute[] {
  return [
    {
      method: 'POST',
      path: '/v1/rules/validate',
      role: 'viewer',
      summary: 'All mistakes of a ruleset, with their lines',
      body: 'RulesCall',
      answer: 'Validation',
      errors: [],
      handle: async ({ body }) => validateRuleset(body as RulesCall),
    },
    {
      method: 'POST',
      path: '/v1/rules/diff',
      role: 'viewer',
      summary: 'What applying a ruleset would do, in words, and the epoch to apply it on',
      body: 'RulesCall',
      answer: 'Diff',
      errors: ['RULES_INVALID'],
      handle: ({ body }) => diff(context, body as RulesCall),
    },
    {
      method: 'POST',
      path: '/v1/rules/apply',
      role: 'operator',
      summary: 'Applies a ruleset on the epoch that it was planned on; moves no shard',
      body: 'ApplyCall',
      answer: 'Applied',
      errors: ['RULES_INVALID', 'RULES_REFUSED', 'CONFLICT', 'APPLY_UNKNOWN'],
      pace: 'apply',
      handle: (request) => apply(context, request),
    },
    {
      method: 'GET',
      path: '/v1/rules/show',
      role: 'viewer',
      summary: 'The running ruleset as its author wrote it',
      answer: 'Ruleset',
      errors: ['NO_RULESET'],
      handle: () => show(context),
    },
  ];
}

async function diff(context: ControlContext, call: RulesCall): Promise<DiffAnswer> {
  const document = readRuleset(call);
  const before = (await context.tables.read())?.table ?? null;
  const incarnation = before?.incarnation ?? ('' as Incarnation);
  const plan = planRuleset(before, document, context.realm, incarnation, liveEdges(context));
  const then = plan.after ?? before;
  return {
    plannedOnEpoch: before?.epoch ?? 0,
    incarnation: before?.incarnation ?? null,
    changes: plan.changes,
    away: then === null ? [] : awayViews(then),
    overrides: before === null ? [] : overrideViews(before),
    refusals: plan.refusals,
  };
}

async function apply(context: ControlContext, { body, principal }: ApiRequest): Promise<object> {
  if (principal === null) throw new Error('apply is no open route');
  const call = body as ApplyCall;
  const document = readRuleset(call);
  const answer = await applyRuleset({ ...context, liveReaders: () => liveEdges(context) }, call, document, principal);
  if (answer.outcome === 'applied') {
    context.observer({ kind: 'ruleset-applied', epoch: answer.epoch, author: principal.name });
  }
  return answer;
}

async function show(context: ControlContext): Promise<RulesetAnswer> {
  const { incarnation } = await runningTable(context);
  const [entry] = (await context.store.read([RULESET_KEY])).entries;
  if (entry === undefined) throw new ApiError('NO_RULESET', 'the table was not made from a ruleset that is on record');
  const { file, text, sha256, epoch, author, reason, at } = decodeRuleset(entry.value);
  return { incarnation, file, text, sha256, epoch, author, reason, at };
}
