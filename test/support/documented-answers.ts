import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { COMPONENTS } from '../../src/control/schemas/components.ts';
import type { Answer } from './control-bench.ts';

const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
ajv.addSchema({ $id: 'openapi', components: { schemas: COMPONENTS } } as object);
ajv.addKeyword('components');

/** Routes whose good answers src/control/operations/operation-api.test.ts looks at; all others are looked at in control-api.test.ts. */
export const OPERATION_ROUTES: readonly string[] = [
  'GET /v1/audit',
  'GET /v1/audit/verify',
  'GET /v1/freeze-all',
  'GET /v1/operations',
  'GET /v1/operations/{id}',
  'GET /v1/operations/{id}/events',
  'GET /v1/store/adoption',
  'GET /v1/store/adoption/progress',
  'POST /v1/operations',
  'POST /v1/operations/{id}/abort',
  'POST /v1/operations/{id}/accept-data-loss',
  'POST /v1/plans',
  'POST /v1/store/adoption',
  'PUT /v1/freeze-all',
];

/** A component of the OpenAPI document by its name. */
export function compileShape(name: string): void {
  ajv.compile({ $ref: `openapi#/components/schemas/${name}` });
}

export function assertShape(name: string, body: unknown): void {
  const isValid = ajv.validate({ $ref: `openapi#/components/schemas/${name}` }, body);
  assert.ok(isValid, `${name}: ${ajv.errorsText()} in ${JSON.stringify(body)?.slice(0, 2000)}`);
}

/** A 200 whose body is as the document of the API, `openApi`, says for this route (`GET /v1/table`). */
export function assertDocumented(route: string, { status, body, headers }: Answer, openApi: Answer): void {
  assert.equal(status, 200, `${route}: ${JSON.stringify(body)}`);
  assert.match(headers.get('content-type') ?? '', /^application\/json/);
  const [method = '', path = ''] = route.split(' ');
  const operation = openApi.body.paths[path]?.[method.toLowerCase()];
  assert.ok(operation !== undefined, `${route} is not documented`);
  const reference = operation.responses['200'].content['application/json'].schema?.$ref;
  if (reference !== undefined) assertShape(reference.slice('#/components/schemas/'.length), body);
}
