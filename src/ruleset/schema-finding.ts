import type { ErrorObject } from 'ajv';
import { type Finding, type Path, pathInWords, seenInWords } from './mistake.ts';
import type { SchemaPart } from './schema-parts.ts';
import { subjectOf } from './subject.ts';

/** Says an error of the schema validator in our words: object, what was seen, what is allowed. */
export function schemaFinding(error: ErrorObject, path: Path, root: unknown): Finding {
  const { subject, rest } = subjectOf(path, root);
  const schema = (error.parentSchema ?? {}) as SchemaPart;
  const place = pathInWords(rest);
  if (error.keyword === 'required') {
    const property = (schema.properties as SchemaPart | undefined)?.[String(error.params.missingProperty)];
    const allowed = allowedInWords((property ?? {}) as SchemaPart, error);
    return { path, seen: 'nothing', allowed, text: `${subject}: ${place} is missing, ${allowed}` };
  }
  if (error.keyword === 'additionalProperties') {
    const known = Object.keys((schema.properties ?? {}) as SchemaPart).join(', ');
    const allowed = `must be one of ${known}`;
    return { path, seen: place, allowed, text: `${subject}: key ${place} is not known, ${allowed}` };
  }
  const allowed = allowedInWords(schema, error);
  if (error.propertyName !== undefined) {
    const seen = seenInWords(error.propertyName);
    return {
      path,
      seen,
      allowed,
      text: `${rest.length === 0 ? subject : `${subject}: ${place}`}: the name ${allowed}`,
    };
  }
  const [seen, verb] = seenOf(error);
  const what = [place, verb].filter((word) => word !== '').join(' ');
  return { path, seen, allowed, text: `${subject}: ${what}, ${allowed}` };
}

/** What the schema allows, the same words for each of its keywords, so that a value gets one message. */
function allowedInWords(schema: SchemaPart, error: ErrorObject): string {
  const count = countsAllowed(schema, error.keyword);
  if (count !== null) return count;
  if (typeof schema.errorMessage === 'string') return schema.errorMessage;
  if (Array.isArray(schema.enum)) return `must be ${listWithOr(schema.enum.map(String))}`;
  if (schema.type === 'integer') return `must be a whole number, ${schema.minimum} to ${schema.maximum}`;
  if (schema.type === 'boolean') return 'must be true or false';
  if (schema.type === 'object') return 'must be a mapping';
  if (schema.type === 'array') return 'must be a list';
  if (schema.maxLength !== undefined) return `must be text of at most ${schema.maxLength} characters`;
  return error.message ?? 'must follow the schema';
}

function countsAllowed(schema: SchemaPart, keyword: string): string | null {
  if (schema.errorMessage !== undefined) return null;
  if (keyword === 'minItems' || keyword === 'maxItems')
    return `must have ${schema.minItems ?? 0} to ${schema.maxItems} items`;
  if (keyword === 'minProperties' || keyword === 'maxProperties') {
    return `must have ${schema.minProperties ?? 0} to ${schema.maxProperties} entries`;
  }
  return null;
}

/** What was seen, alone and with its verb. */
function seenOf({ keyword, data }: ErrorObject): readonly [seen: string, verb: string] {
  if (data === null) return ['nothing', 'has no value'];
  const count = keyword.endsWith('Items')
    ? `${(data as unknown[]).length} items`
    : keyword.endsWith('Properties')
      ? `${Object.keys(data as object).length} entries`
      : null;
  if (count !== null) return [count, `has ${count}`];
  return [seenInWords(data), `${seenInWords(data)} is not allowed`];
}

function listWithOr(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
