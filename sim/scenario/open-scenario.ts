import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suggest } from '../../src/cli/suggest.ts';
import type { TopologyDocument } from '../../src/core/topology-document.ts';
import { CodedError } from '../../src/errors.ts';
import { parseRuleset } from '../../src/ruleset/parse-ruleset.ts';
import { parseScenario } from './parse-scenario.ts';
import type { Scenario } from './scenario.ts';

export const SCENARIOS = fileURLToPath(new URL('../scenarios/', import.meta.url));
const RULES = fileURLToPath(new URL('../../rules/', import.meta.url));

export interface OpenScenario {
  readonly scenario: Scenario;
  readonly topology: TopologyDocument;
  /** The ruleset's file. */
  readonly rulesFile: string;
}

/** Names of the scenarios that come with the project. */
export function scenarioNames(): string[] {
  const files = readdirSync(SCENARIOS).filter((file) => file.endsWith('.yaml'));
  return files.map((file) => basename(file, '.yaml')).sort();
}

/**
 * Reads a scenario by its name (`data-center-lost`) or by its file's path. Throws CLI_USAGE with all mistakes, or with the names
 * that there are. Adapter: reads files.
 */
export function openScenario(nameOrFile: string): OpenScenario {
  const file = nameOrFile.endsWith('.yaml') ? nameOrFile : join(SCENARIOS, `${nameOrFile}.yaml`);
  if (!existsSync(file)) {
    const near = suggest(nameOrFile, scenarioNames());
    const hint = near === null ? '' : `did you mean ${near}? `;
    const known = `${hint}there are ${scenarioNames().join(', ')}, or give a file`;
    throw new CodedError('CLI_USAGE', `there is no scenario ${JSON.stringify(nameOrFile)}; ${known}`);
  }
  // Beside a file of somebody's own its ruleset may lie, too.
  const folders = [RULES, dirname(file)];
  const text = readFileSync(file, 'utf8');
  const parsed = parseScenario(text, basename(file, '.yaml'), file, (rules) => rulesetIn(folders, rules));
  if (!parsed.ok) throw new CodedError('CLI_USAGE', `the scenario cannot be used:\n  ${parsed.mistakes.join('\n  ')}`);
  const { scenario, topology } = parsed;
  return { scenario, topology, rulesFile: findRules(folders, scenario.topology.rules) ?? '' };
}

function rulesetIn(folders: readonly string[], rules: string): TopologyDocument | string {
  const file = findRules(folders, rules);
  if (file === null) return `there is no ruleset ${rules} in ${folders.join(' or ')}`;
  const parsed = parseRuleset(readFileSync(file), file);
  return parsed.ok ? parsed.document : parsed.mistakes.map(({ message }) => message).join('; ');
}

function findRules(folders: readonly string[], rules: string): string | null {
  return folders.map((folder) => join(folder, rules)).find((file) => existsSync(file)) ?? null;
}
