import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MonotonicMs } from '../../core/ids.ts';
import { ejectionAfter, isEjected, mayEject, NEVER_EJECTED, verdictOf } from './instance-ejection.ts';
import { healthAfterCheck, type InstanceHealth, initialHealth } from './instance-health.ts';

const at = (ms: number): MonotonicMs => ms as MonotonicMs;
const LIMITS = { ejectAfter: 3, ejectMs: 1_000, ejectMaxMs: 2_500, ejectOnServerError: false };

function run(start: InstanceHealth, checks: string): string {
  let health = start;
  let states = '';
  for (const [index, check] of [...checks].entries()) {
    health = healthAfterCheck(health, check === '+', { unhealthyAfter: 3, healthyAfter: 2 }, at(index + 1));
    states += health.state[0];
  }
  return states;
}

test('the first success makes an unproven instance healthy at once', () => {
  assert.equal(run(initialHealth(false, at(0)), '---+'), 'uuuh');
});

test('only failures in a row make unhealthy, only successes in a row healthy again', () => {
  assert.equal(run(initialHealth(true, at(0)), '--+--+---'), 'hhhhhhhhu');
  assert.equal(run(initialHealth(true, at(0)), '---+-+-++'), 'hhuuuuuuh');
});

test('`since` is the instant of the last change of state', () => {
  const first = healthAfterCheck(initialHealth(false, at(0)), true, { unhealthyAfter: 1, healthyAfter: 1 }, at(5));
  const second = healthAfterCheck(first, true, { unhealthyAfter: 1, healthyAfter: 1 }, at(9));
  assert.equal(second.since, 5);
});

test('failures in a row eject for a time that grows; a success starts over', () => {
  let ejection = NEVER_EJECTED;
  const bad = (now: number): void => {
    ejection = ejectionAfter(ejection, 'bad', true, LIMITS, at(now));
  };
  bad(0);
  bad(1);
  ejection = ejectionAfter(ejection, 'good', true, LIMITS, at(2));
  bad(3);
  bad(4);
  assert.equal(isEjected(ejection, at(4)), false);
  bad(5);
  assert.equal(ejection.until, 1_005);
  assert.equal(isEjected(ejection, at(1_004)), true);
  assert.equal(isEjected(ejection, at(1_005)), false);
  for (let index = 0; index < 3; index += 1) bad(2_000);
  assert.equal(ejection.until, 4_000);
  for (let index = 0; index < 3; index += 1) bad(5_000);
  assert.equal(ejection.until, 7_500, 'at most ejectMaxMs');
  ejection = ejectionAfter(ejection, 'good', true, LIMITS, at(8_000));
  for (let index = 0; index < 3; index += 1) bad(9_000);
  assert.equal(ejection.until, 10_000);
});

test('never more than half of the healthy instances are ejected, and never the only one', () => {
  fc.assert(
    fc.property(fc.nat(64), fc.array(fc.boolean(), { maxLength: 200 }), (healthy, wishes) => {
      let ejected = 0;
      for (const wish of wishes) if (wish && mayEject(healthy, ejected)) ejected += 1;
      assert.ok(ejected <= healthy / 2);
      assert.ok(healthy === 0 || ejected < healthy);
    }),
  );
});

test('a slow client or one that left speaks neither for nor against an instance', () => {
  assert.equal(verdictOf('BODY_TIMEOUT', LIMITS), 'neither');
  assert.equal(verdictOf('cancelled', LIMITS), 'neither');
  assert.equal(verdictOf('CELL_RESET', LIMITS), 'bad');
  assert.equal(verdictOf(404, LIMITS), 'good');
  assert.equal(verdictOf(503, LIMITS), 'good');
  assert.equal(verdictOf(503, { ...LIMITS, ejectOnServerError: true }), 'bad');
});
