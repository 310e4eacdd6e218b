import assert from 'node:assert/strict';
import { test } from 'node:test';
import { route, threeCitiesTable } from '../../../test/support/three-cities.ts';
import { compileRoutingView } from '../routing-view.ts';
import { routePriority } from './route-priority.ts';

const routes = [
  route({ name: 'pay', hosts: ['pay.example.com'], path: '/*', priority: 0 }),
  route({ name: 'report', path: '/report/*', methods: ['GET'], priority: 9 }),
  route({ name: 'global', path: '/only/*', kind: 'G', identity: [], priority: 3 }),
];
const view = compileRoutingView(threeCitiesTable({ routes }).topology, () => ({
  identify: () => ({ kind: 'missing', detail: null }),
}));
const of = (method: string, target: string, host = 'a.example'): number =>
  routePriority(view, { method, target, headers: ['X-Other', '1', 'HOST', host, 'Host', 'never'] });

test('it is that of the route that takes the request', () => {
  assert.equal(of('POST', '/report/x', 'Pay.Example.com:443'), 0);
  assert.equal(of('GET', '/report/x?to=/only'), 9);
  assert.equal(of('GET', '/only'), 3);
});

test('it is the middle one where the guard’s table has no such route, and before there is a table', () => {
  assert.equal(of('POST', '/report/x'), 5);
  assert.equal(routePriority(view, { method: 'GET', target: '/report/x', headers: [] }), 9);
  assert.equal(routePriority(null, { method: 'GET', target: '/report/x', headers: [] }), 5);
});
