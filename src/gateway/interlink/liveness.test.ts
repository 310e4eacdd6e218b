import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../core/clock.ts';
import type { MonotonicMs } from '../../core/ids.ts';
import { Liveness } from './liveness.ts';

/** A clock with one timer that a test fires when it likes, late if it likes. */
class LateClock implements Clock {
  nowMs = 0;
  #fire: (() => void) | null = null;

  monotonicMs = (): MonotonicMs => this.nowMs as MonotonicMs;
  wallMs = (): number => this.nowMs;
  setTimer(_delayMs: number, fire: () => void): { cancel(): void } {
    this.#fire = fire;
    return {
      cancel: () => {
        this.#fire = null;
      },
    };
  }

  tickAt(nowMs: number): void {
    this.nowMs = nowMs;
    const fire = this.#fire;
    this.#fire = null;
    fire?.();
  }
}

function watching(): { clock: LateClock; liveness: Liveness; said: string[] } {
  const clock = new LateClock();
  const said: string[] = [];
  const limits = { pingIntervalMs: 1_000, deadAfterMs: 3_000 };
  const liveness = new Liveness(clock, limits, {
    ping: (nowMs) => said.push(`ping ${nowMs}`),
    dead: (silentMs) => said.push(`dead after ${silentMs}`),
  });
  liveness.start();
  return { clock, liveness, said };
}

test('three seconds without a byte are death, a byte in between is not', () => {
  const { clock, liveness, said } = watching();
  for (const at of [1_000, 2_000]) clock.tickAt(at);
  clock.nowMs = 2_500;
  liveness.heard();
  for (const at of [3_000, 4_000, 5_000, 6_000]) clock.tickAt(at);
  assert.deepEqual(said, ['ping 1000', 'ping 2000', 'ping 3000', 'ping 4000', 'ping 5000', 'dead after 3500']);
});

test('a process that stood still itself does not call its peer dead before it listened again', () => {
  const { clock, said } = watching();
  clock.tickAt(1_000);
  clock.tickAt(61_000);
  clock.tickAt(62_000);
  clock.tickAt(63_000);
  clock.tickAt(64_000);
  assert.deepEqual(said, ['ping 1000', 'ping 61000', 'ping 62000', 'ping 63000', 'dead after 3000']);
});

test('after stop nothing happens any more', () => {
  const { clock, liveness, said } = watching();
  liveness.stop();
  clock.tickAt(10_000);
  assert.deepEqual(said, []);
});
