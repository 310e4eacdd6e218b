import { executed, holds } from './model-gate.ts';
import { admits, applied, begun, ended, type ModelGuard, mayAcknowledge, read, restarted } from './model-guard.ts';
import {
  broken,
  type OwnershipState,
  type OwnershipWorld,
  other,
  type Side,
  withGate,
  withGuard,
} from './ownership-state.ts';

type Add = (name: string, next: OwnershipState | null) => void;

/** What each guard, and the cell behind it, may do next. */
export function guardSteps(state: OwnershipState, world: OwnershipWorld, add: Add): void {
  state.guards.forEach((guard, index) => {
    const name = `guard ${index}`;
    const { shard, head, faultsLeft } = state;
    // A guard without a part in the shard stays closed for it whatever it reads.
    const isConcerned = shard.owner === guard.side || shard.previous === guard.side || guard.left > 0;
    if (isConcerned) add(`${name} reads the store`, withGuard(state, index, read(guard, shard, head)));
    if (isConcerned && guard.head < head)
      add(`${name} is told of the table`, withGuard(state, index, applied(guard, shard, head)));
    if (!guard.isRecorded) add(`${name} puts its record`, withGuard(state, index, { ...guard, isRecorded: true }));
    if (faultsLeft > 0 && guard.known !== null)
      add(`${name} starts anew`, withGuard({ ...state, faultsLeft: faultsLeft - 1 }, index, restarted(guard)));
    if (guard.inFlight === null) {
      const bit = bitCount(state.begun);
      if (bit < world.writes && admits(guard))
        add(`${name} admits`, withGuard({ ...state, begun: state.begun | (1 << bit) }, index, begun(guard, bit)));
      return;
    }
    add(`the cell of ${name} executes`, execute(state, index));
    add(`${name} answers`, answer(state, index, world));
  });
}

function execute(state: OwnershipState, index: number): OwnershipState | null {
  const guard = state.guards[index] as ModelGuard;
  const { inFlight, side } = guard;
  if (inFlight === null || inFlight.isExecuted) return null;
  const gate = executed(state.gates[side], inFlight.epoch, inFlight.write);
  if (gate === null) return withGuard(state, index, ended(guard));
  const next = withGuard(withGate(state, side, gate), index, { ...guard, inFlight: { ...inFlight, isExecuted: true } });
  return { ...next, executedAt: Math.max(state.executedAt, inFlight.epoch) };
}

/** Rule 5: the client is told of success only if the guard has no doubt. */
function answer(state: OwnershipState, index: number, { isSynchronous }: OwnershipWorld): OwnershipState | null {
  const guard = state.guards[index] as ModelGuard;
  const { inFlight, side } = guard;
  if (inFlight === null || !inFlight.isExecuted) return null;
  const bit = 1 << inFlight.write;
  const copy = state.gates[other(side)];
  // With synchronous copies the application answers only when the copy has the write.
  if (isSynchronous && !copy.isWritable && !holds(copy, bit)) return null;
  const next = withGuard(state, index, ended(guard));
  if (!mayAcknowledge(guard)) return next;
  const told = { ...next, acknowledged: state.acknowledged | bit };
  if (state.executedAt > inFlight.epoch && state.shard.owner !== side)
    return broken(told, 'a write was acknowledged at the old owner after the first write of the new one');
  const { shard, gates } = state;
  if (shard.state === 'ACTIVE' && !holds(gates[shard.owner as Side], bit))
    return broken(told, 'a write was acknowledged that the owner’s copy does not have');
  return told;
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
