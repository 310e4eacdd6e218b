import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MonotonicMs } from '../../core/ids.ts';
import { RetryBudget } from './retry-budget.ts';

const at = (ms: number): MonotonicMs => ms as MonotonicMs;

test('retries never exceed burst + share of the requests + one a second', () => {
  const step = fc.record({ afterMs: fc.nat(5_000), requests: fc.nat(20), retries: fc.nat(20) });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 100 }),
      fc.constantFrom(0, 0.1, 0.2, 1),
      fc.nat(20),
      (steps, share, burst) => {
        const budget = new RetryBudget({ share, burst }, at(0));
        let now = 0;
        let requests = 0;
        let retries = 0;
        for (const { afterMs, requests: more, retries: wanted } of steps) {
          now += afterMs;
          for (let index = 0; index < more; index += 1) budget.deposit();
          requests += more;
          for (let index = 0; index < wanted; index += 1) retries += budget.withdraw(at(now)) ? 1 : 0;
          assert.ok(retries <= burst + share * requests + now / 1_000 + 1e-6);
        }
      },
    ),
  );
});

test('when everything fails, one in five requests is sent again', () => {
  const budget = new RetryBudget({ share: 0.2, burst: 10 }, at(0));
  let retries = 0;
  for (let request = 0; request < 1_000; request += 1) {
    budget.deposit();
    retries += budget.withdraw(at(0)) ? 1 : 0;
  }
  assert.ok(retries >= 200 && retries <= 210, String(retries));
});

test('a clock that stands still or turns back gives nothing away', () => {
  const budget = new RetryBudget({ share: 0, burst: 1 }, at(1_000));
  assert.equal(budget.withdraw(at(1_000)), true);
  assert.equal(budget.withdraw(at(0)), false);
  assert.equal(budget.withdraw(at(0)), false);
});
