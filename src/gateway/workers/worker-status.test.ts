import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellId } from '../../core/ids.ts';
import type { CellStatus, InstanceStatus } from '../cells/cell-status.ts';
import type { PeerStatus } from '../peers.ts';
import { joinedCells, joinedGuard, joinedPeers } from './worker-status.ts';

const instance = (over: Partial<InstanceStatus>): InstanceStatus => ({
  ...{ address: '10.0.0.1:80', origins: ['list'], state: 'healthy', forMs: 5, inFlight: 0, connections: 0 },
  ...{ weight: 1, lastError: null },
  ...over,
});
const cell = (inFlight: number, one: Partial<InstanceStatus>): CellStatus => ({
  ...{ cell: 'R1-e1' as CellId, available: true, inFlight, waiting: 1, maxConcurrent: 10, problems: [] },
  instances: [instance(one)],
});
const guard = (leftMs: number, writesInFlight: number) => ({
  ...{ isOpen: leftMs > 0, leftMs, closedBy: leftMs > 0 ? null : 'why', writesInFlight, drained: [] },
});
const peer = (state: PeerStatus['state'], streams: number): PeerStatus => ({
  ...{ node: 'n', dataCenter: 'w1', interlink: 'h:1', state, lastError: state === 'down' ? 'refused' : null, streams },
});

test('the guards of all are open for as long as the first to close, and the parent says what is drained', () => {
  const own = { ...guard(3_000, 0), drained: [{ operation: 'op', epoch: 2 }] };
  const joined = joinedGuard(own, [guard(2_000, 3), guard(0, 4)]);
  assert.deepEqual(joined, { isOpen: false, leftMs: 0, closedBy: 'why', writesInFlight: 7, drained: own.drained });
});

test('cells are the parent’s, with what the workers have at them and the instances that one of them ejected', () => {
  const [joined] = joinedCells(
    [cell(0, {})],
    [
      [cell(2, { inFlight: 2, connections: 3 })],
      [cell(1, { inFlight: 1, connections: 1, state: 'ejected', lastError: 'reset' })],
      [],
    ],
  );
  assert.deepEqual([joined?.inFlight, joined?.waiting, joined?.maxConcurrent], [3, 2, 10]);
  const [one] = joined?.instances ?? [];
  assert.deepEqual([one?.state, one?.inFlight, one?.connections, one?.lastError], ['ejected', 3, 4, 'reset']);
});

test('a peer that one worker cannot reach is shown as that', () => {
  assert.deepEqual(joinedPeers([[peer('ready', 2)], [peer('down', 0)], [peer('ready', 1)]]), [
    { ...peer('down', 0), streams: 3 },
  ]);
});
