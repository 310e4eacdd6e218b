import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Finding, Path } from './mistake.ts';
import { RULESET_SCHEMA } from './ruleset-schema.ts';
import { schemaFinding } from './schema-finding.ts';

export interface SchemaResult {
  readonly findings: readonly Finding[];
  /** Tells whether nothing at, in or around the path breaks the schema, so that its meaning can be checked. */
  readonly isIntact: (path: Path) => boolean;
  /** Tells whether the path itself, or something that it lies in, breaks the schema as a whole. */
  readonly isBroken: (path: Path) => boolean;
}

let compiled: ValidateFunction | undefined;

function validator(): ValidateFunction {
  if (compiled !== undefined) return compiled;
  const ajv = new Ajv({ allErrors: true, verbose: true, useDefaults: true, allowUnionTypes: true, logger: false });
  ajv.addVocabulary(['errorMessage']);
  compiled = ajv.compile(RULESET_SCHEMA);
  return compiled;
}

/** Checks a value against the schema and fills in the schema's defaults, in place. */
export function checkSchema(value: unknown): SchemaResult {
  const validate = validator();
  if (validate(value)) return { findings: [], isIntact: () => true, isBroken: () => false };
  // For each bad name the validator also says that there is a bad name.
  const errors = (validate.errors ?? []).filter((error) => error.keyword !== 'propertyNames');
  const broken = new Set<string>();
  const touched = new Set<string>();
  const findings = new Map<string, Finding>();
  for (const error of errors) {
    const path = pathOf(error, value);
    const finding = schemaFinding(error, path, value);
    findings.set(finding.text, finding);
    if (error.keyword !== 'additionalProperties' && error.propertyName === undefined) markBroken(path, broken, touched);
  }
  const isBroken = (path: Path): boolean =>
    broken.has(key(path)) || path.some((_, index) => broken.has(key(path.slice(0, index))));
  const isIntact = (path: Path): boolean => !touched.has(key(path)) && !isBroken(path);
  return { findings: [...findings.values()], isIntact, isBroken };
}

/** Where the fault stands; for what is missing, where it would stand. */
function pathOf(error: ErrorObject, root: unknown): Path {
  const path = steps(error.instancePath, root);
  if (error.propertyName !== undefined) return [...path, error.propertyName];
  if (error.keyword === 'required') return [...path, String(error.params.missingProperty)];
  if (error.keyword === 'additionalProperties') return [...path, String(error.params.additionalProperty)];
  return path;
}

/** A JSON pointer as steps; numbers where the value is a list. */
function steps(pointer: string, root: unknown): Path {
  let value = root;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(value) ? Number(name) : name;
      value = (value as Record<string | number, unknown> | null | undefined)?.[step];
      return step;
    });
}

function key(path: Path): string {
  return JSON.stringify(path);
}

function markBroken(path: Path, broken: Set<string>, touched: Set<string>): void {
  broken.add(key(path));
  for (let length = 0; length <= path.length; length += 1) touched.add(key(path.slice(0, length)));
}
