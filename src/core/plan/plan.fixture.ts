import { applyStep } from '../operation/apply-step.ts';
import { newOperation } from '../operation/operation.ts';
import { DEFAULT_DEADLINES } from '../operation/operation-deadlines.ts';
import type { StepWriteType } from '../operation/operation-effect.ts';
import { PLAIN_OPTIONS } from '../operation/plain-options.fixture.ts';
import { makeTable, type Table } from '../table.ts';
import type { Plan } from './plan.ts';
import { DEFAULT_TIMES, DEFAULT_WINDOW_MS, type PlanInput } from './plan-input.ts';
import { defaultSafety } from './safety-rules.ts';

/** What a plan on this table is drawn from when nothing is special. */
export function inputOf(table: Table, over: Partial<PlanInput> = {}): PlanInput {
  return {
    table,
    unavailable: new Set(),
    isEmergency: false,
    settings: defaultSafety(table),
    measured: DEFAULT_TIMES,
    windowMs: DEFAULT_WINDOW_MS,
    sinceOperationMs: new Map(),
    overridden: [],
    ...over,
  };
}

/** The table after the plan was carried out, step by step, with the same functions as control. Throws what a step is refused for. */
export function carryOut(table: Table, plan: Plan): Table {
  let operation = newOperation({
    id: `op-${table.epoch}`,
    incarnation: table.incarnation,
    kind: plan.kind,
    moves: plan.moves,
    weights: plan.weights,
    author: 'ada',
    reason: 'drill',
    createdAt: 0,
    options: { ...PLAIN_OPTIONS, needsAcknowledgements: plan.needsAcknowledgements },
    deadlines: DEFAULT_DEADLINES,
  });
  const types: StepWriteType[] =
    plan.moves.length === 0 ? ['WriteShift'] : ['WriteFreeze', 'WriteGrant', 'WriteRelease', 'WriteEnd'];
  let now = table;
  for (const type of types) {
    const applied = applyStep(now, { type, expectedSequence: operation.stepSequence, next: operation });
    if (!applied.ok) throw new Error(applied.reason);
    operation = applied.operation;
    if (applied.table !== null) now = makeTable({ ...now, ...applied.table });
  }
  return now;
}
