import { ERRORS, type ErrorCode } from '../errors.ts';
import type { ApiRoute } from './api-route.ts';
import { COMPONENTS } from './schemas/components.ts';
import { ref, type Schema } from './schemas/schema-parts.ts';

/** Codes that any call can be refused with. */
const ANY_CALL: readonly ErrorCode[] = ['CALL_INVALID', 'CALL_TIMEOUT', 'INTERNAL'];
const GUARDED_CALL: readonly ErrorCode[] = ['UNAUTHENTICATED', 'FORBIDDEN', 'AUTH_THROTTLED', 'STORE_UNAVAILABLE'];

/** The OpenAPI 3.1 document of these routes, and of no others. */
export function openApiDocument(routes: readonly ApiRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'ldc-gateway control API',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: 'What runs, why a request goes where it goes, and how rules change. Errors are {error: {code, …}}.',
    },
    paths,
    components: {
      schemas: COMPONENTS,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'roles: viewer < operator < admin' } },
    },
  };
}

function operation(route: ApiRoute): object {
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(route.role === 'open' ? { security: [] } : { description: `Role: ${route.role}`, security: [{ token: [] }] }),
    ...withParameters(route),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: json(ref(route.body)) } }),
    responses: {
      '200': { description: 'done', content: content(route) },
      ...failures(route),
    },
  };
}

/** `GET /v1/rules/show` → `getRulesShow`. */
function operationId({ method, path }: ApiRoute): string {
  const words = path.split(/[^A-Za-z]+/).filter((word) => word !== '' && word !== 'v');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function withParameters({ path, query = {}, requiredQuery = [], idempotencyKey }: ApiRoute): object {
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const parameters = [
    ...named.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...Object.entries(query).map(([name, schema]) => ({
      name,
      in: 'query',
      required: requiredQuery.includes(name),
      schema,
    })),
    ...(idempotencyKey === undefined
      ? []
      : [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: true,
            description: idempotencyKey,
            schema: { type: 'string' },
          },
        ]),
  ];
  return parameters.length === 0 ? {} : { parameters };
}

/** One response per status; its description lists the codes. */
function failures(route: ApiRoute): Record<string, object> {
  const codes = [
    ...ANY_CALL,
    ...(route.role === 'open' ? [] : GUARDED_CALL),
    ...(route.body === undefined ? [] : (['CALL_TOO_LARGE'] as const)),
    ...route.errors,
  ];
  const byStatus: Record<string, object> = {};
  for (const status of new Set(codes.map((code) => ERRORS[code].status))) {
    const description = codes
      .filter((code) => ERRORS[code].status === status)
      .map((code) => `${code}: ${ERRORS[code].message}`)
      .join('; ');
    byStatus[status] = { description, content: json(ref('Error')) };
  }
  return byStatus;
}

function content({ answer, stream }: ApiRoute): object {
  if (stream !== undefined) return { 'text/event-stream': { schema: { type: 'string' } } };
  return json(answer === null ? { type: 'object' } : ref(answer));
}

function json(schema: Schema): object {
  return { 'application/json': { schema } };
}
