import type { ConformanceRule, ConformanceStep, Expectation, Side, StepCall } from './conformance-step.ts';

function step(on: Side, does: StepCall, expect: Expectation, otherwise: string): ConformanceStep {
  return { on, does, expect, otherwise };
}
const source = (does: StepCall, expect: Expectation, otherwise: string) => step('source', does, expect, otherwise);
const target = (does: StepCall, expect: Expectation, otherwise: string) => step('target', does, expect, otherwise);

const WAIT_MS = 5_000;
const HOLD_MS = 700;

/**
 * The rules of the data gate as steps and expectations, in the order in which they are checked: a failover from source to
 * target and a failback, with late, repeated and contradicting calls. Before the first rule the source takes writes and
 * the target copies it; after the last one they do again.
 */
export const CONFORMANCE_RULES: readonly ConformanceRule[] = [
  {
    name: 'token',
    claim: 'a call without the token is refused',
    section: 0,
    needsTarget: false,
    steps: [source({ call: 'lag', epoch: 1, token: 'wrong' }, 'refused', 'a wrong token was accepted')],
  },
  {
    name: 'highest',
    claim: 'the highest epoch is kept: lower is refused, equal is the same call again',
    section: 1,
    needsTarget: false,
    steps: [
      source({ call: 'fence', epoch: 2 }, 'answered', 'a higher epoch was not accepted'),
      source({ call: 'fence', epoch: 2 }, 'answered', 'the same call again was not accepted'),
      source({ call: 'fence', epoch: 1 }, 'refused', 'a late fence was accepted: it turns the row back'),
      source({ call: 'position', epoch: 1 }, 'refused', 'a late position was answered'),
      source({ call: 'fence', epoch: 2 }, 'answered', 'the refused call changed something'),
    ],
  },
  {
    name: 'write fence',
    claim: 'a write below the fence is refused as not executed, one at the fence or above is taken',
    section: 2,
    needsTarget: false,
    steps: [
      source({ call: 'fence', epoch: 2 }, 'answered', 'a higher epoch was not accepted'),
      source({ call: 'fence', epoch: 1 }, 'refused', 'a late fence was accepted'),
      source({ call: 'probe', epoch: 1 }, 'notExecuted', 'a write below the fence was executed'),
      source({ call: 'probe', epoch: 2 }, 'executed', 'a write at the fence was not executed'),
      source({ call: 'probe', epoch: 3 }, 'executed', 'a write above the fence was not executed'),
    ],
  },
  {
    name: 'incarnation',
    claim: 'another incarnation is refused, unless it adopts exactly the kept one at a higher epoch',
    section: 3,
    needsTarget: false,
    steps: [
      source({ call: 'fence', epoch: 2 }, 'answered', 'a higher epoch was not accepted'),
      source({ call: 'fence', epoch: 5, incarnation: 'other' }, 'refused', 'a foreign incarnation was accepted'),
      source(
        { call: 'fence', epoch: 5, incarnation: 'other', adopts: 'unknown' },
        'refused',
        'an adoption of an incarnation that the gate never kept was accepted',
      ),
      source(
        { call: 'fence', epoch: 1, incarnation: 'other', adopts: 'own' },
        'refused',
        'an adoption turned the epoch back: late writes of the old life pass the fence',
      ),
      source({ call: 'fence', epoch: 3, incarnation: 'other', adopts: 'own' }, 'answered', 'an adoption was refused'),
      source({ call: 'fence', epoch: 4 }, 'refused', 'the old incarnation was accepted after the adoption'),
      source({ call: 'fence', epoch: 5, adopts: 'other' }, 'answered', 'the adoption back was refused'),
    ],
  },
  {
    name: 'fence waits',
    claim: 'fence returns when older transactions have ended: the position does not move afterwards',
    section: 4,
    needsTarget: false,
    steps: [
      source({ call: 'fence', epoch: 1 }, 'answered', 'a higher epoch was not accepted'),
      source({ call: 'probe', epoch: 1, holdMs: HOLD_MS }, 'anything', ''),
      source({ call: 'lag', epoch: 1 }, 'answered', 'lag was not answered'),
      source({ call: 'fence', epoch: 2 }, 'answered', 'the fence was not raised'),
      source({ call: 'position', epoch: 2, as: 'fenced' }, 'answered', 'no position'),
      source({ call: 'join' }, 'anything', ''),
      source(
        { call: 'position', epoch: 2 },
        { at: 'fenced' },
        'a write of before was executed after the fence returned',
      ),
    ],
  },
  {
    name: 'copy refuses',
    claim: 'a copy that was not promoted refuses writes as not executed',
    section: 5,
    needsTarget: true,
    steps: [
      target({ call: 'position', epoch: 1 }, { role: 'copy' }, 'the target is no copy of the source'),
      target({ call: 'probe', epoch: 9 }, 'notExecuted', 'the copy took a write'),
    ],
  },
  {
    name: 'catch up',
    claim: 'caughtUp says true when the copy has the position, false before and on another lineage',
    section: 6,
    needsTarget: true,
    steps: [
      source({ call: 'probe', epoch: 1 }, 'executed', 'the source took no write'),
      source({ call: 'fence', epoch: 2 }, 'answered', 'the fence was not raised'),
      source({ call: 'position', epoch: 2, as: 'last' }, 'answered', 'no position'),
      target(
        { call: 'caughtUp', epoch: 2, to: 'last', waitMs: WAIT_MS },
        'caughtUp',
        'the copy did not catch up within 5 s',
      ),
      target(
        { call: 'caughtUp', epoch: 2, to: 'last', waitMs: 0, change: 'farAhead' },
        'notCaughtUp',
        'the copy says that it has entries that do not exist',
      ),
      target(
        { call: 'caughtUp', epoch: 2, to: 'last', waitMs: 0, change: 'otherLineage' },
        'notCaughtUp',
        'a position of another lineage was compared as a number',
      ),
    ],
  },
  {
    name: 'promote',
    claim: 'promote makes the copy writable, with its epoch as lineage; again is the same; late calls are refused',
    section: 6,
    needsTarget: true,
    steps: [
      target({ call: 'promote', epoch: 3 }, { lineage: 3 }, 'the lineage is not the epoch of the promotion'),
      target({ call: 'promote', epoch: 3 }, { role: 'writable' }, 'the same call again was not accepted'),
      target({ call: 'probe', epoch: 3 }, 'executed', 'the promoted copy takes no writes'),
      target({ call: 'fence', epoch: 2 }, 'refused', 'a late fence was accepted'),
      target({ call: 'promote', epoch: 2 }, 'refused', 'a late promote was accepted'),
    ],
  },
  {
    name: 'replication stops',
    claim: 'nothing of the old owner comes into the promoted copy',
    section: 6,
    needsTarget: true,
    steps: [
      target({ call: 'position', epoch: 3, as: 'promoted' }, 'answered', 'no position'),
      source({ call: 'probe', epoch: 3 }, 'anything', ''),
      source({ call: 'position', epoch: 3, as: 'old' }, 'answered', 'no position'),
      target(
        { call: 'caughtUp', epoch: 3, to: 'old', waitMs: 1_000 },
        'notCaughtUp',
        'the promoted copy is compared with the old owner’s lineage',
      ),
      target(
        { call: 'position', epoch: 3 },
        { at: 'promoted' },
        'an entry of the old owner came into the promoted copy',
      ),
    ],
  },
  {
    name: 'no target before follow',
    claim: 'a copy that was not made to follow is not caught up, whatever its numbers are',
    section: 6,
    needsTarget: true,
    steps: [
      source(
        { call: 'caughtUp', epoch: 3, to: 'promoted', waitMs: 0 },
        'notCaughtUp',
        'the old owner’s own entries count as the new owner’s (1 ≥ 1)',
      ),
    ],
  },
  {
    name: 'late follow',
    claim: 'a late or contradicting follow never touches the owner',
    section: 6,
    needsTarget: true,
    steps: [
      target({ call: 'follow', epoch: 2 }, 'refused', 'a late follow was accepted: it cuts the owner’s log'),
      target({ call: 'follow', epoch: 3 }, 'refused', 'follow at the epoch of its own promotion was accepted'),
      target({ call: 'position', epoch: 3 }, { at: 'promoted' }, 'the refused follow changed the owner'),
      target({ call: 'probe', epoch: 3 }, 'executed', 'the owner takes no writes any more'),
    ],
  },
  {
    name: 'follow',
    claim: 'follow sets aside what the owner has not, and the copy replicates from the owner',
    section: 6,
    needsTarget: true,
    steps: [
      source({ call: 'follow', epoch: 3 }, { role: 'copy' }, 'the old owner does not follow'),
      source({ call: 'follow', epoch: 3 }, { role: 'copy' }, 'the same call again was not accepted'),
      source({ call: 'probe', epoch: 3 }, 'notExecuted', 'the old owner still takes writes'),
      target({ call: 'position', epoch: 3, as: 'owner' }, 'answered', 'no position'),
      source(
        { call: 'caughtUp', epoch: 3, to: 'owner', waitMs: WAIT_MS },
        'caughtUp',
        'the old owner did not catch up with the new one within 5 s',
      ),
    ],
  },
  {
    name: 'failback',
    claim: 'the way back works by the same rules',
    section: 6,
    needsTarget: true,
    steps: [
      target({ call: 'fence', epoch: 4 }, 'answered', 'the fence was not raised'),
      target({ call: 'position', epoch: 4, as: 'back' }, 'answered', 'no position'),
      source({ call: 'caughtUp', epoch: 4, to: 'back', waitMs: WAIT_MS }, 'caughtUp', 'not caught up within 5 s'),
      source({ call: 'promote', epoch: 5 }, { lineage: 5 }, 'the way back was not granted'),
      source({ call: 'probe', epoch: 5 }, 'executed', 'the source takes no writes again'),
      source({ call: 'position', epoch: 5, as: 'home' }, 'answered', 'no position'),
      target({ call: 'caughtUp', epoch: 5, to: 'home', waitMs: 0 }, 'anything', ''),
      target({ call: 'follow', epoch: 5 }, { role: 'copy' }, 'the target does not follow'),
      source({ call: 'follow', epoch: 3 }, 'refused', 'a late follow was accepted: it cuts the owner’s log'),
      target({ call: 'promote', epoch: 3 }, 'refused', 'a late promote was accepted: two owners'),
      source({ call: 'position', epoch: 5, as: 'end' }, 'answered', 'no position'),
      target({ call: 'caughtUp', epoch: 5, to: 'end', waitMs: WAIT_MS }, 'caughtUp', 'not caught up within 5 s'),
    ],
  },
];
