import type { TopologyDocument } from '../core/topology-document.ts';
import { checkAddresses } from './check-addresses.ts';
import { checkHomes } from './check-homes.ts';
import { checkKinds } from './check-kinds.ts';
import { checkNames } from './check-names.ts';
import { checkRoutes } from './check-routes.ts';
import { checkShadows } from './check-shadows.ts';
import { checkSurvival } from './check-survival.ts';
import { checkTargets } from './check-targets.ts';
import { checkUnits } from './check-units.ts';
import { compileTopology } from './compile-topology.ts';
import { type Draft, finding } from './draft.ts';
import { type Finding, type Mistake, type Path, type Position, pathInWords } from './mistake.ts';
import { MistakeList } from './mistake-list.ts';
import { readDraft } from './read-draft.ts';
import { DEFAULT_RULESET_LIMITS, type RulesetLimits } from './ruleset-limits.ts';
import { rulesetText } from './ruleset-text.ts';
import type { RulesetValue } from './ruleset-value.ts';
import { checkSchema } from './schema-check.ts';
import { yamlSource } from './yaml-source.ts';

export type ParsedRuleset =
  | {
      readonly ok: true;
      readonly document: TopologyDocument;
      /** Line and column of a value, for what is found wrong later: `positionOf(['units', 'RZ01', 'capacity'])`. */
      readonly positionOf: (path: Path) => Position;
    }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/**
 * Reads a ruleset: text or the bytes of a file in, the compiled topology or all of its mistakes out, in order of lines.
 * Pure, never throws, the same text gives the same document. `fileName` only goes into the messages.
 */
export function parseRuleset(
  source: string | Uint8Array,
  fileName: string,
  limits: RulesetLimits = DEFAULT_RULESET_LIMITS,
): ParsedRuleset {
  const mistakes = new MistakeList(fileName, limits.maxMistakes);
  const decoded = rulesetText(source, limits);
  if (!('text' in decoded)) {
    mistakes.add(decoded.finding, decoded.position);
    return { ok: false, mistakes: mistakes.inOrder() };
  }
  const yaml = yamlSource(decoded.text, limits);
  for (const [found, position] of yaml.findings) mistakes.add(found, position);
  // The value behind an unknown alias or a tag is nobody's: one message about it is enough.
  const told = new Set(yaml.findings.map(([found]) => pathInWords(found.path)));
  const findings = yaml.isReadable ? checkValue(yaml.value).filter((found) => !told.has(pathInWords(found.path))) : [];
  for (const found of findings) mistakes.add(found, yaml.positions.of(found.path));
  if (!mistakes.isEmpty) return { ok: false, mistakes: mistakes.inOrder() };
  const document = compileTopology(yaml.value as RulesetValue);
  return { ok: true, document, positionOf: (path) => yaml.positions.of(path) };
}

/** Schema and meaning together: what the schema finds broken is left out of the other checks. Fills in defaults. */
function checkValue(value: unknown): readonly Finding[] {
  const schema = checkSchema(value);
  const draft = readDraft(value, schema);
  const found = [...schema.findings, ...checkRule(draft), ...CHECKS.flatMap((check) => check(draft))];
  const isWhole = found.every(({ path }) => path[0] === 'routes' || path[0] === 'trust');
  if (!isWhole) return found;
  const document = compileTopology({
    ...(value as RulesetValue),
    routes: [],
    trust: { proxies: [], identityHeaders: 'any' },
  });
  return [...found, ...checkSurvival(draft, document, draft.survive ?? 'city')];
}

/** Survival comes last: it needs cities and units without a mistake. */
const CHECKS: readonly ((draft: Draft) => readonly Finding[])[] = [
  checkNames,
  checkUnits,
  checkHomes,
  checkTargets,
  checkKinds,
  checkRoutes,
  checkShadows,
  checkAddresses,
];

function checkRule(draft: Draft): readonly Finding[] {
  const shards = (draft.root as Partial<RulesetValue> | null)?.shards;
  if (shards?.hash === undefined || (shards.digits === undefined && shards.fromEnd === undefined)) return [];
  const allowed = 'must be one of the two: {hash} or {digits, fromEnd}';
  return [finding(draft, ['shards'], 'shards have a hash and digits', allowed, 'both')];
}
