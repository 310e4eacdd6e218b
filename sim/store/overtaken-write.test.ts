import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodedError } from '../../src/errors.ts';
import { Network } from '../world/network.ts';
import { World } from '../world/world.ts';
import { OvertakenWrite } from './overtaken-write.ts';
import { StoreCluster } from './store-cluster.ts';
import { StoreSession } from './store-session.ts';

function scene() {
  const world = new World({ seed: 3 });
  const network = new Network(world, { cityOf: () => 'hz' }, 4);
  const store = new StoreCluster(world, network, [world.addProcess('store-1', 'store', 'hz-a')]);
  const [own, other] = [world.addProcess('own', 'control', 'hz-a'), world.addProcess('other', 'control', 'hz-a')];
  store.overtaken = new OvertakenWrite(world, own, (writes) => writes.some(({ key }) => key === 'records/a'));
  const sessions = [new StoreSession(world, store, own), new StoreSession(world, store, other)] as const;
  const values: (string | null)[] = [];
  store.onCommit(({ writes }) => values.push(...writes.map(({ value }) => value)));
  return { world, sessions, values };
}

const put = (value: string, key = 'records/a') => [{ key, value }];

test('it takes effect soon after its sender wrote the same record again, and its sender never learns it', async () => {
  const { world, sessions, values } = scene();
  const [own, other] = sessions;
  let code = '';
  own.transact([], put('late')).catch((error: CodedError) => {
    code = error.code;
  });
  await world.runUntil(1_000);
  assert.equal(code, 'STORE_AMBIGUOUS');
  void other.transact([], put('of another'));
  void own.transact([], put('elsewhere', 'records/b'));
  await world.runUntil(2_000);
  assert.deepEqual([...values].sort(), ['elsewhere', 'of another']);
  void own.transact([], put('again'));
  await world.runUntil(3_000);
  assert.deepEqual(values.slice(2), ['again', 'late']);
});

test('what it compares is compared when it takes effect', async () => {
  const { world, sessions, values } = scene();
  const [own] = sessions;
  const isNew = [{ key: 'records/a', version: null }];
  own.transact(isNew, put('late')).catch(() => undefined);
  await world.runUntil(1_000);
  void own.transact(isNew, put('again'));
  await world.runUntil(3_000);
  assert.deepEqual(values, ['again']);
});
