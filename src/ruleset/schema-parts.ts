/**
 * Pieces that the parts of the ruleset's JSON Schema share. `errorMessage` is not of the standard: editors with a YAML
 * language server show it, and so do we (schema-mistakes.ts), so that both say the same.
 */
export interface SchemaPart {
  readonly [keyword: string]: unknown;
}

/** A whole number with its bounds, default and meaning; the bounds are the sane maximum, not a recommendation. */
export function wholeNumber(description: string, minimum: number, maximum: number, fallback?: number): SchemaPart {
  const part = { description, type: 'integer', minimum, maximum };
  return fallback === undefined ? part : { ...part, default: fallback };
}

export function oneOf(description: string, values: readonly string[], fallback?: string): SchemaPart {
  const part = { description, type: 'string', enum: values };
  return fallback === undefined ? part : { ...part, default: fallback };
}

export function flag(description: string): SchemaPart {
  return { description, type: 'boolean', default: false };
}

export function text(description: string, pattern: string, maxLength: number, errorMessage: string): SchemaPart {
  return { description, type: 'string', pattern, maxLength, errorMessage };
}

/** A mapping that takes no other keys. With a fallback it may be left out, and then its parts' defaults hold. */
export function record(description: string, properties: SchemaPart, required: readonly string[] = []): SchemaPart {
  const part = { description, type: 'object', additionalProperties: false, properties };
  return required.length === 0 ? part : { ...part, required };
}

const LOWER_NAME = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$';
const ANY_NAME = '^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$';
/** Names stand in store keys, header values, metric labels and certificates: 32 characters of the smallest alphabet. */
const NAME_MAX = 32;

const LOWER_RULE = 'must be 1 to 32 of a-z, 0-9 and single hyphens between them, a letter first';
const NAME_RULE = 'must be 1 to 32 of A-Z, a-z, 0-9 and single hyphens between them, a letter first';

export function lowerName(description: string): SchemaPart {
  return text(description, LOWER_NAME, NAME_MAX, LOWER_RULE);
}

export function anyName(description: string): SchemaPart {
  return text(description, ANY_NAME, NAME_MAX, NAME_RULE);
}
