import { type Document, LineCounter, parseAllDocuments, type YAMLParseError } from 'yaml';
import type { Finding, Path, Position } from './mistake.ts';
import type { RulesetLimits } from './ruleset-limits.ts';
import { YamlPositions } from './yaml-positions.ts';
import { yamlValue } from './yaml-value.ts';

export type Placed = readonly [finding: Finding, position: Position];

export interface YamlSource {
  readonly value: unknown;
  readonly positions: YamlPositions;
  readonly findings: readonly Placed[];
  /** Whether there is a value to look at further; if not, there are findings. */
  readonly isReadable: boolean;
}

const TOO_DEEP = 'nesting that is too deep';

type Fault = readonly [offset: number, seen: string, allowed: string];

/**
 * YAML 1.2 core: `on` and `yes` are words, not booleans. The library's own duplicate check is off (see yaml-value.ts), so
 * are merge keys, and it never warns on the console.
 */
const OPTIONS = {
  prettyErrors: false,
  uniqueKeys: false,
  strict: true,
  version: '1.2',
  schema: 'core',
  merge: false,
  logLevel: 'silent',
} as const;

/** Reads the text of one YAML document. Never throws. */
export function yamlSource(text: string, limits: RulesetLimits): YamlSource {
  const lines = new LineCounter();
  const documents = documentsOf(text, lines);
  const flat = new YamlPositions(null, new Map(), lines);
  if (typeof documents === 'string') return unreadable(flat, [[0, documents, 'must be YAML 1.2']]);
  const [first, second] = documents;
  if (first === undefined)
    return unreadable(flat, [[0, 'the text is empty', 'must have realm, cities, units and routes']]);
  const syntax = firstFaults(documents.flatMap((document) => document.errors));
  if (syntax.length > 0) return unreadable(flat, syntax);
  if (second !== undefined) return unreadable(flat, [[second.range[0], 'a second document', 'must be one document']]);
  const { version } = first.directives.yaml;
  if (version !== '1.2') return unreadable(flat, [[0, `%YAML ${version}`, 'must be YAML 1.2']]);
  return readable(first, lines, limits);
}

function readable(document: Document.Parsed, lines: LineCounter, limits: RulesetLimits): YamlSource {
  const { value, aliases, findings, isComplete } = yamlValue(document.contents, limits);
  const positions = new YamlPositions(document.contents, aliases, lines);
  const placed = findings.map(({ offset, path, seen, allowed }) => place(positions, offset, path, seen, allowed));
  return { value, positions, findings: placed, isReadable: isComplete };
}

function unreadable(positions: YamlPositions, found: readonly Fault[]): YamlSource {
  const findings = found.map(([offset, seen, allowed]) => place(positions, offset, [], seen, allowed));
  return { value: null, positions, findings, isReadable: false };
}

function place(positions: YamlPositions, offset: number, path: Path, seen: string, allowed: string): Placed {
  return [{ path, seen, allowed, text: `ruleset: ${seen}, ${allowed}` }, positions.at(offset)];
}

/**
 * The documents, or in words why there are none: a text of 100,000 brackets makes the parser run out of stack, and a bug
 * in it must not end the program that asked.
 */
function documentsOf(text: string, lines: LineCounter): readonly Document.Parsed[] | string {
  try {
    return Array.from(parseAllDocuments(text, { ...OPTIONS, lineCounter: lines }));
  } catch (error) {
    if (error instanceof RangeError) return TOO_DEEP;
    return `a text that the parser cannot take: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * After a fault of the syntax the parser stumbles on, over things that are right. Those of the same sort as the
 * first are likely real; the others are not told.
 */
function firstFaults(errors: readonly YAMLParseError[]): readonly Fault[] {
  const [first] = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  if (first?.code === 'RESOURCE_EXHAUSTION') return [[first.pos[0], TOO_DEEP, 'must be YAML 1.2']];
  const same = errors.filter((error) => error.code === first?.code);
  return same.map(({ pos, message }) => [pos[0], lowerFirst(message), 'must be YAML 1.2']);
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
