import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threeCities } from '../../test/support/three-cities.ts';
import { CopyPlacement } from './copy-placement.ts';

const placement = new CopyPlacement(threeCities());

test('a shard has copies in its unit’s data centers and in those of the remote targets', () => {
  assert.deepEqual(new Set(placement.holders('07', 'RZ01')), new Set(['hz-a', 'hz-b', 'sh-a', 'sh-b', 'sz-a']));
  assert.deepEqual(new Set(placement.holders('85', 'RZ05')), new Set(['sz-a', 'hz-a', 'hz-b', 'sh-a', 'sh-b']));
  assert.deepEqual(new Set(placement.holders('G', 'GZ00')), new Set(['hz-a', 'hz-b', 'sh-a']));
});

test('a shard away from home keeps its copies at home', () => {
  assert.ok(placement.holders('G', 'GZ01').includes('hz-b'));
});

test('acknowledgement asks for the copies of the city, or for all', () => {
  assert.deepEqual(placement.required('07', 'RZ01', 'hz-a', 'local'), []);
  assert.deepEqual(placement.required('07', 'RZ01', 'hz-a', 'same-city'), ['hz-b']);
  assert.deepEqual(placement.required('85', 'RZ05', 'sz-a', 'same-city'), []);
  assert.equal(placement.required('07', 'RZ01', 'hz-a', 'remote').length, 4);
});

test('home primaries are named as the headers name shards', () => {
  const own = placement.homePrimaries('hz-a');
  assert.equal(own.length, 21);
  assert.ok(own.includes('07') && own.includes('G'));
  assert.equal(placement.home('G')?.id, 'GZ00');
  assert.equal(placement.home('7'), null);
});
