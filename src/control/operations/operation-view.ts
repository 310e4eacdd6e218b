import { countShards } from '../../core/loss/shard-run.ts';
import type { Move, Operation, Place, StepResult } from '../../core/operation/operation.ts';
import type { ShardRule } from '../../core/topology-document.ts';
import type { MoveView, OperationView, PlaceView, StepView, WaitingView } from '../api-types.ts';
import type { OperationWish } from '../records/operation-record.ts';
import { shardsView } from './shard-runs.ts';

/** What is known of an operation beside its record. */
export interface OperationSurroundings {
  readonly rule: ShardRule;
  readonly waiting: WaitingView | null;
  readonly wish: OperationWish;
}

/** The steps during which the shards of a move take no writes. */
const FROZEN = ['drain', 'catchUp', 'choose', 'acknowledge', 'promote'];

export function operationView(operation: Operation, { rule, waiting, wish }: OperationSurroundings): OperationView {
  const { id, incarnation, kind, isEmergency, step, author, reason, createdAt, options, outcome, results } = operation;
  const { freezeEpoch, grantEpoch, weights } = operation;
  return {
    id,
    incarnation,
    kind,
    isEmergency,
    step,
    sequence: operation.stepSequence,
    author,
    reason,
    createdAt,
    endedAt: outcome === null ? null : (results.at(-1)?.endedAt ?? createdAt),
    moves: operation.moves.map((move) => moveView(rule, move)),
    weights,
    movedShards: countShards(operation.moves.flatMap(({ shards }) => shards)),
    overriddenRules: options.overriddenRules,
    acceptsDataLoss: options.acceptDataLoss,
    supersedes: options.supersedes,
    freezeEpoch,
    grantEpoch,
    steps: stepViews(operation),
    lost: operation.lost.map(({ shards, place, lineage, afterOffset }) => ({
      ...shardsView(rule, shards),
      place: placeView(place),
      lineage,
      afterOffset,
    })),
    waiting: outcome === null ? (waiting ?? { for: [waitsInWords(operation)], until: null }) : null,
    abortAskedBy: outcome === null ? (wish.abort?.author ?? null) : null,
    isReleased: isReleased(operation),
    frozenMs: frozenMs(operation),
    outcome,
  };
}

export function moveView(rule: ShardRule, { shards, from, to, candidates, copies }: Move): MoveView {
  return {
    ...shardsView(rule, shards),
    from: placeView(from),
    to: placeView(to),
    candidates: candidates.map(placeView),
    copies: copies.map(placeView),
  };
}

function placeView({ unit, dataCenter }: Place): PlaceView {
  return { unit, dataCenter };
}

function stepViews({ results, createdAt, step, outcome }: Operation): StepView[] {
  const ended = results.map(({ step: name, endedAt, detail }, index): StepView => {
    return { step: name, startedAt: results[index - 1]?.endedAt ?? createdAt, endedAt, detail };
  });
  if (outcome !== null) return ended;
  return [...ended, { step, startedAt: results.at(-1)?.endedAt ?? createdAt, endedAt: null, detail: '' }];
}

/** Only the release leads from promote to follow. */
function isReleased({ results, step }: Operation): boolean {
  return step === 'follow' || results.some((result) => result.step === 'follow');
}

/** From the end of the check to the end of the promotion, or to the abort; by the wall clocks of whoever wrote these. */
function frozenMs(operation: Operation): number | null {
  const { freezeEpoch, results } = operation;
  const check = results.find(({ step }) => step === 'check');
  const last: StepResult | undefined = results.filter(({ step }) => FROZEN.includes(step)).at(-1);
  const isOver = isReleased(operation) || operation.outcome !== null;
  if (freezeEpoch === null || check === undefined || last === undefined || !isOver) return null;
  return Math.max(0, last.endedAt - check.endedAt);
}

function waitsInWords({ step }: Operation): string {
  return `the control node that leads, at step ${step}`;
}
