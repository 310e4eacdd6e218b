import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { RouteDocument } from '../../core/topology-document.ts';
import { compileRoutes, type RouteMatcher } from './route-matcher.ts';

const route = (path: string, hosts: readonly string[] = [], methods: readonly string[] = []): RouteDocument => ({
  name: path,
  hosts,
  path,
  methods,
  kind: 'R',
  identity: [],
  onMissing: { type: 'reject' },
  onUnavailable: 'reject',
  strict: false,
  idempotencyKey: false,
  priority: 0,
  limits: { bodyBytes: 1024 },
  timeouts: { identityMs: 1, connectMs: 1, responseHeadMs: 1, bodyIdleMs: 1, requestMs: 0 },
  hold: { maxRequests: 1, maxBytes: 1, maxMs: 1 },
});

function compile(routes: readonly RouteDocument[]): RouteMatcher {
  const matcher = compileRoutes(routes);
  assert.ok(matcher.ok, matcher.ok ? '' : matcher.detail);
  return matcher;
}

const THREE = [route('/global/*'), route('/catalog/*'), route('/*')];
const HOSTS = [
  route('/*', ['shop.example']),
  route('/*', ['*.Example.com', '[::1]']),
  route('/health', [], ['GET', 'HEAD']),
  route('/exact'),
];

const CASES: readonly (readonly [
  routes: readonly RouteDocument[],
  method: string,
  host: string,
  path: string,
  index: number,
])[] = [
  [THREE, 'GET', 'a', '/global', 0],
  [THREE, 'GET', 'a', '/global/', 0],
  [THREE, 'GET', 'a', '/global/x/y', 0],
  [THREE, 'GET', 'a', '/globally', 2],
  [THREE, 'GET', 'a', '/Global/x', 2],
  [THREE, 'GET', 'a', '/catalog/x', 1],
  [THREE, 'GET', 'a', '/', 2],
  [THREE, 'OPTIONS', 'a', '*', 2],
  [HOSTS, 'GET', 'shop.example', '/x', 0],
  [HOSTS, 'GET', 'SHOP.example:8443', '/x', 0],
  [HOSTS, 'GET', 'shop.example.', '/x', 0],
  [HOSTS, 'GET', 'a.example.com', '/x', 1],
  [HOSTS, 'GET', 'a.b.example.com', '/x', 1],
  [HOSTS, 'GET', 'example.com', '/x', -1],
  [HOSTS, 'GET', '.example.com', '/x', -1],
  [HOSTS, 'GET', 'notexample.com', '/x', -1],
  [HOSTS, 'GET', '[::1]:80', '/x', 1],
  [HOSTS, 'GET', 'a', '/health', 2],
  [HOSTS, 'POST', 'a', '/health', -1],
  [HOSTS, 'get', 'a', '/health', -1],
  [HOSTS, 'GET', 'a', '/exact', 3],
  [HOSTS, 'GET', 'a', '/exact/', -1],
  [HOSTS, 'GET', 'a', '/exact/x', -1],
  [HOSTS, 'GET', 'not a host', '/x', -1],
  [[route('/')], 'GET', 'a', '/', 0],
  [[route('/')], 'GET', 'a', '/x', -1],
  [[route('/%67lobal/*')], 'GET', 'a', '/global/x', 0],
  [[route('/caf%c3%a9')], 'GET', 'a', '/caf%C3%A9', 0],
  [[], 'GET', 'a', '/', -1],
];

describe('a route matcher', () => {
  for (const [routes, method, host, path, index] of CASES) {
    const of = routes.map((r) => r.hosts.concat(r.path).join(' ')).join(' | ');
    test(`${method} ${host} ${path} is ${index} of ${of}`, () =>
      assert.equal(compile(routes).match(method, host, path), index));
  }
});

describe('a route that could never match is refused', () => {
  for (const path of ['', 'a', '/a/../b', '/a//b', '/a;b', '/a%2fb', '//*', '/a//*', '/*/b', '/a*', '/a b']) {
    test(`path ${JSON.stringify(path)}`, () => {
      const result = compileRoutes([route('/ok'), route(path)]);
      assert.match(result.ok ? 'compiled' : result.detail, /^route .*: path /);
    });
  }
  for (const host of ['', 'a:80', '*', '*.', 'a b', 'u@a', '*.*.a']) {
    test(`host ${JSON.stringify(host)}`, () => assert.equal(compileRoutes([route('/', [host])]).ok, false));
  }
});

/** The definition, as slowly as it can be said. */
function naive(routes: readonly RouteDocument[], method: string, host: string, path: string): number {
  return routes.findIndex((r) => {
    const below = r.path.endsWith('/*') ? r.path.slice(0, -1) : null;
    const pathFits =
      below === null ? path === r.path : path.startsWith(below) || `${path}/` === below || r.path === '/*';
    const hostFits = r.hosts.some((h) =>
      h.startsWith('*.') ? host.endsWith(h.slice(1)) && host !== h.slice(1) : h === host,
    );
    return pathFits && (r.hosts.length === 0 || hostFits) && (r.methods.length === 0 || r.methods.includes(method));
  });
}

test('agrees with the naive definition', () => {
  const somePath = fc
    .array(fc.constantFrom('a', 'b', 'ab', 'g'), { maxLength: 3 })
    .map((segments) => `/${segments.join('/')}`);
  const pattern = fc.oneof(
    somePath,
    somePath.map((path) => (path === '/' ? '/*' : `${path}/*`)),
  );
  const someRoute = fc
    .tuple(pattern, fc.subarray(['a.example', 'b.example', '*.example', '*.b.example']), fc.subarray(['GET', 'POST']))
    .map(([path, hosts, methods]) => route(path, hosts, methods));
  const host = fc.constantFrom('a.example', 'b.example', 'x.b.example', 'example', 'other');
  const asked = fc.oneof(
    somePath,
    somePath.map((path) => `${path}/`.replace('//', '/')),
    fc.constant('*'),
  );
  fc.assert(
    fc.property(
      fc.array(someRoute, { maxLength: 8 }),
      fc.constantFrom('GET', 'POST', 'PUT'),
      host,
      asked,
      (routes, method, h, path) => {
        assert.equal(compile(routes).match(method, h, path), naive(routes, method, h, path));
      },
    ),
    { numRuns: 2000 },
  );
});
