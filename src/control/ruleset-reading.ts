import type { TopologyDocument } from '../core/topology-document.ts';
import { parseRuleset } from '../ruleset/parse-ruleset.ts';
import { DEFAULT_RULESET_LIMITS } from '../ruleset/ruleset-limits.ts';
import { ApiError } from './api-error.ts';
import type { MistakeView, RulesCall, ValidateAnswer } from './api-types.ts';
import { RULESET_TEXT_BYTES } from './records/ruleset-record.ts';

const LIMITS = { ...DEFAULT_RULESET_LIMITS, maxBytes: RULESET_TEXT_BYTES };

export function validateRuleset(call: RulesCall): ValidateAnswer {
  const parsed = parseRuleset(call.text, call.file, LIMITS);
  if (parsed.ok) return { valid: true, mistakes: [] };
  const mistakes = parsed.mistakes.map(
    ({ file, line, column, path, message }): MistakeView => ({ file, line, column, path, message }),
  );
  return { valid: false, mistakes };
}

/** The compiled ruleset; throws RULES_INVALID with every mistake. */
export function readRuleset(call: RulesCall): TopologyDocument {
  const parsed = parseRuleset(call.text, call.file, LIMITS);
  if (parsed.ok) return parsed.document;
  const { mistakes } = validateRuleset(call);
  const detail = `${mistakes.length} mistake${mistakes.length === 1 ? '' : 's'}, the first: ${mistakes[0]?.message ?? ''}`;
  throw new ApiError('RULES_INVALID', detail, { mistakes });
}
