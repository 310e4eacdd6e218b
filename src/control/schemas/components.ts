import { ADOPTION_SCHEMAS } from './adoption-schemas.ts';
import { GATEWAY_SCHEMAS } from './gateway-schemas.ts';
import { OPERATION_SCHEMAS } from './operation-schemas.ts';
import { RULES_SCHEMAS } from './rules-schemas.ts';
import type { Schema } from './schema-parts.ts';
import { STATUS_SCHEMAS } from './status-schemas.ts';
import { TABLE_SCHEMAS } from './table-schemas.ts';

/** components/schemas of the OpenAPI document, by name; api-types.ts states the same for TypeScript. */
export const COMPONENTS: Readonly<Record<string, Schema>> = {
  ...TABLE_SCHEMAS,
  ...GATEWAY_SCHEMAS,
  ...RULES_SCHEMAS,
  ...STATUS_SCHEMAS,
  ...OPERATION_SCHEMAS,
  ...ADOPTION_SCHEMAS,
};
