import { countShards } from '../../core/loss/shard-run.ts';
import type { Operation } from '../../core/operation/operation.ts';
import { eachShard } from '../../core/operation/runs.ts';
import { defaultSafety } from '../../core/plan/safety-rules.ts';
import { ApiError } from '../api-error.ts';
import type { SafetyVerdictView } from '../api-types.ts';
import type { AnsweredPlan } from './operation-context.ts';
import { shardsView } from './shard-runs.ts';

/** Throws OPERATION_REFUSED that names the rules and what would satisfy them; nothing is refused by an empty list. */
export function refuse(verdicts: readonly SafetyVerdictView[]): void {
  if (verdicts.length === 0) return;
  const detail = verdicts.map(({ rule, seen, limit, next }) => `${rule}: ${seen} (${limit}); ${next}`).join('; ');
  const next = verdicts.map((verdict) => verdict.next).join('; ');
  throw new ApiError('OPERATION_REFUSED', detail, { refusal: { verdicts, next } });
}

/**
 * What the table does not show yet: operations that are on record and have frozen nothing hold their shards and units, too, are
 * on the move, and what they bring to a target counts against its capacity.
 */
export function checkFree(drawn: AnsweredPlan): void {
  const { ground, supersedes } = drawn;
  const others = ground.operations.filter(
    ({ id, outcome, step }) => outcome === null && step !== 'follow' && !supersedes.includes(id),
  );
  const held = others.find((other) => isSameShards(other, drawn) || isSameUnit(other, drawn));
  if (held !== undefined) refuse([heldBy(held, drawn)]);
  refuse(tooManyMoving(others, drawn));
  // Granted after the table was read: what it brought is not in the plan's loads.
  const coming = ground.operations.filter(
    ({ id, grantEpoch, outcome, step }) =>
      !supersedes.includes(id) &&
      (grantEpoch === null ? outcome === null && step !== 'follow' : grantEpoch > ground.table.epoch),
  );
  refuse(
    drawn.plan.loads.flatMap(({ unit, before, after, capacity }) => {
      const more = arriving(coming, unit);
      const isTight = capacity !== null && after > before && after + more > capacity && more > 0;
      return isTight && !isOverridden(drawn, 'capacity-head-room') ? [tooMuch(unit, after + more, capacity)] : [];
    }),
  );
}

/** The plan counts those that the table shows; here those are added that will be frozen any moment. */
function tooManyMoving(others: readonly Operation[], { ground, plan, answer }: AnsweredPlan): SafetyVerdictView[] {
  const { safety, table } = ground;
  const most = safety.movingShards === 0 ? defaultSafety(table).movingShards : safety.movingShards;
  // The operations are read after the table: one may have frozen its shards meanwhile, which this table does not show.
  const waiting = others.filter(({ freezeEpoch }) => freezeEpoch === null || freezeEpoch > table.epoch);
  const more = countShards(waiting.flatMap(({ moves }) => moves.flatMap(({ shards }) => shards)));
  const own = countShards(plan.moves.flatMap(({ shards }) => shards));
  const moving = own + table.shards.operation.size + more;
  const isForced = answer.call.overrides?.includes('moving-shards') === true;
  if (own === 0 || more === 0 || moving <= most || isForced) return [];
  return [
    {
      rule: 'moving-shards',
      verdict: 'refused',
      seen: `${moving} shards with those of operations that begin now`,
      limit: `at most ${most} shards move at once`,
      setting: 'safety.movingShards',
      next: 'wait for the operations under way (`ldc operations`), move fewer shards, or override the rule moving-shards',
    },
  ];
}

function isSameShards(other: Operation, { plan }: AnsweredPlan): boolean {
  const moved = new Set(eachShard(plan.moves.flatMap(({ shards }) => shards)));
  return [...eachShard(other.moves.flatMap(({ shards }) => shards))].some((shard) => moved.has(shard));
}

function isSameUnit(other: Operation, { plan }: AnsweredPlan): boolean {
  return other.weights.some(({ unit }) => plan.weights.some((change) => change.unit === unit));
}

function isOverridden({ plan }: AnsweredPlan, rule: string): boolean {
  return plan.verdicts.some((own) => own.rule === rule && own.verdict === 'overridden');
}

function arriving(operations: readonly Operation[], unit: string): number {
  const moves = operations.flatMap((operation) => operation.moves);
  const added = moves.filter(({ from, to }) => to.unit === unit && from.unit !== unit);
  return countShards(added.flatMap(({ shards }) => shards));
}

function heldBy(other: Operation, { ground }: AnsweredPlan): SafetyVerdictView {
  const { id, author, moves, weights } = other;
  const rule = ground.table.topology.shardRule;
  const { shards } = shardsView(
    rule,
    moves.flatMap((move) => move.shards),
  );
  const what = shards === '' ? `the weights of ${weights.map(({ unit }) => unit).join(', ')}` : `shards ${shards}`;
  return {
    rule: 'one-operation-per-shard',
    verdict: 'refused',
    seen: `operation ${id} by ${author} changes ${what}`,
    limit: 'one operation per shard at a time',
    setting: null,
    next: `wait for operation ${id} (\`ldc operations ${id}\`) or abort it`,
  };
}

function tooMuch(unit: string, shards: number, capacity: number): SafetyVerdictView {
  return {
    rule: 'capacity-head-room',
    verdict: 'refused',
    seen: `${unit} would have ${shards} of ${capacity} shards with those that other operations bring`,
    limit: 'what is on its way counts',
    setting: 'safety.headRoomPercent',
    next: `wait for the operations under way (\`ldc operations\`), or move fewer shards to ${unit}`,
  };
}
