import { readFileSync } from 'node:fs';
import type { TopologyDocument } from '../../src/core/topology-document.ts';
import { CodedError } from '../../src/errors.ts';
import { parseRuleset } from '../../src/ruleset/parse-ruleset.ts';

/** The topology of a ruleset under `rules/`; throws a coded error with its mistakes. */
export function openTopology(file: string): TopologyDocument {
  const parsed = parseRuleset(readFileSync(new URL(`../../rules/${file}`, import.meta.url), 'utf8'), file);
  if (parsed.ok) return parsed.document;
  throw new CodedError('CLI_INPUT', `rules/${file} has mistakes: ldc rules validate rules/${file}`);
}
