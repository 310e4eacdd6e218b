import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TopologyDocument } from '../../src/core/topology-document.ts';
import type { Path } from '../../src/ruleset/mistake.ts';
import { DEFAULT_RULESET_LIMITS } from '../../src/ruleset/ruleset-limits.ts';
import { schemaFinding } from '../../src/ruleset/schema-finding.ts';
import { yamlSource } from '../../src/ruleset/yaml-source.ts';
import { compileScenario } from './compile-scenario.ts';
import type { Scenario } from './scenario.ts';
import { ScenarioMistakes } from './scenario-mistakes.ts';
import { SCENARIO_SCHEMA } from './scenario-schema.ts';
import type { ScenarioValue } from './scenario-value.ts';

export type ParsedScenario =
  | { readonly ok: true; readonly scenario: Scenario; readonly topology: TopologyDocument }
  /** Each with file and line, in order of lines. */
  | { readonly ok: false; readonly mistakes: readonly string[] };

/** Gives the parsed ruleset of that name under `rules/`, or in words why there is none. */
export type RulesetOf = (rules: string) => TopologyDocument | string;

/**
 * Reads a scenario; all mistakes at once. Pure but for `rulesetOf`; never throws on any text. `name` is the file's without
 * `.yaml`, `file` only goes into messages.
 */
export function parseScenario(text: string, name: string, file: string, rulesetOf: RulesetOf): ParsedScenario {
  const yaml = yamlSource(text, DEFAULT_RULESET_LIMITS);
  const mistakes = new ScenarioMistakes();
  const lineOf = (path: Path): number => yaml.positions.of(path).line;
  if (yaml.findings.length > 0) {
    const words = yaml.findings.map(
      ([found, { line }]) => `${found.text.replace('ruleset', 'scenario')} (${file}:${line})`,
    );
    return { ok: false, mistakes: words };
  }
  checkSchema(yaml.value, mistakes);
  if (!mistakes.isEmpty) return { ok: false, mistakes: mistakes.inWords(file, lineOf) };
  const compiled = compileScenario(yaml.value as ScenarioValue, name, rulesetOf, mistakes);
  if (compiled === null || !mistakes.isEmpty) return { ok: false, mistakes: mistakes.inWords(file, lineOf) };
  return { ok: true, ...compiled };
}

let compiled: ValidateFunction | undefined;

function validator(): ValidateFunction {
  if (compiled !== undefined) return compiled;
  const ajv = new Ajv({ allErrors: true, verbose: true, useDefaults: true, allowUnionTypes: true, logger: false });
  ajv.addVocabulary(['errorMessage']);
  compiled = ajv.compile(SCENARIO_SCHEMA);
  return compiled;
}

/** Fills in the schema's defaults, in place. */
function checkSchema(value: unknown, mistakes: ScenarioMistakes): void {
  const validate = validator();
  if (validate(value)) return;
  for (const error of validate.errors ?? []) {
    const path = pathOf(error);
    mistakes.add(
      path,
      schemaFinding(error, [], value)
        .text.replace(/^[^:]*: /, '')
        .replace('  ', ' ')
        .trim(),
    );
  }
}

function pathOf({ instancePath, keyword, params }: ErrorObject): Path {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return keyword === 'additionalProperties' ? [...steps, String(params.additionalProperty)] : steps;
}
