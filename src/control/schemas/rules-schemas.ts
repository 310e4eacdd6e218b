import { flag, instant, list, nullable, object, oneOf, ref, type Schema, text, whole } from './schema-parts.ts';
import { version } from './table-schemas.ts';

const call = {
  file: { type: 'string', minLength: 1, maxLength: 200, description: 'name of the file, for messages' },
  text: { type: 'string', description: 'the ruleset, YAML' },
};

const ruleset = {
  file: text,
  sha256: text,
  epoch: { ...whole, description: 'epoch at which it was applied' },
  author: text,
  reason: text,
  at: instant,
};

/** Schemas of the calls and answers about rulesets, and of errors. */
export const RULES_SCHEMAS: Readonly<Record<string, Schema>> = {
  RulesCall: object(call),
  ApplyCall: object(
    {
      ...call,
      plannedOnEpoch: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1 },
      incarnation: nullable({ type: 'string', maxLength: 100 }),
      reason: { type: 'string', maxLength: 500 },
      id: { type: 'string', pattern: '^[A-Za-z0-9_-]{8,64}$' },
    },
    ['incarnation', 'reason', 'id'],
  ),
  Mistake: object({ file: text, line: whole, column: whole, path: text, message: text }),
  Validation: object({ valid: flag, mistakes: list(ref('Mistake')) }),
  Diff: object({
    plannedOnEpoch: whole,
    incarnation: nullable(text),
    changes: list(text),
    away: list(ref('Away')),
    overrides: list(ref('Override')),
    refusals: list(text),
  }),
  Applied: object({
    ...version,
    outcome: oneOf('applied', 'again', 'nothing'),
    digest: text,
    changes: list(text),
    away: list(ref('Away')),
  }),
  RulesetInfo: object(ruleset),
  Ruleset: object({ ...ruleset, incarnation: text, text }),
  Change: object({ epoch: whole, at: instant, author: text, action: text, reason: text, changes: list(text) }),
  Conflict: object({
    plannedOnEpoch: whole,
    running: nullable(object(version)),
    since: list(ref('Change')),
    earlier: whole,
  }),
  Error: object(
    {
      error: object({ code: text, message: text, detail: text, next: text }),
      mistakes: list(ref('Mistake')),
      refusals: list(text),
      conflict: ref('Conflict'),
      refusal: ref('Refusal'),
    },
    ['mistakes', 'refusals', 'conflict', 'refusal'],
  ),
};
