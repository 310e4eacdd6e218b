import { EXIT_CODES, exitOf } from '../../../src/cli/exit-code.ts';
import type { OperationView, PlanAnswer, PlanCall } from '../../../src/control/api-types.ts';
import { applyRuleset } from '../../../src/control/apply-ruleset.ts';
import { liveEdges, runningTable } from '../../../src/control/control-context.ts';
import { turnFreezeAll } from '../../../src/control/operations/freeze-all.ts';
import { answerPlan, type OperationContext } from '../../../src/control/operations/operation-context.ts';
import { startOperation } from '../../../src/control/operations/start-operation.ts';
import { wishFor } from '../../../src/control/operations/wish-for.ts';
import { readRuleset } from '../../../src/control/ruleset-reading.ts';
import { CodedError, type ErrorCode } from '../../../src/errors.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import type { OperatorCommand } from '../../scenario/operator-command.ts';
import { type After, waitBy } from '../drill-timer.ts';
import type { CommandEnd } from '../operator-desk.ts';

/** As `ldc` itself: patience with one control node, with the start's lost answer, and with old copies that do not follow yet. */
const CALL_MS = 10_000;
const RESENDS = 4;
const RESEND_MS = 500;
const FOLLOW_PATIENCE_MS = 5_000;
const LIMIT_MS = 120_000;
const LOOK_MS = 50;
/** Codes after which another control node may know better. */
const ELSEWHERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['STORE_CLOSED', 'STORE_OVERLOADED', 'STORE_UNAVAILABLE', 'STORE_TIMEOUT', 'OPERATION_UNKNOWN'] as const),
  ...(['APPLY_UNKNOWN', 'INTERNAL'] as const),
]);
const OPERATOR = { name: 'drill', role: 'admin' } as const;

export interface VirtualOperatorParts {
  readonly fleet: Fleet;
  readonly after: After;
  readonly nowMs: () => number;
  readonly scenario: string;
  /** Text of a ruleset under `rules/`. */
  readonly rulesText: (rules: string) => string;
  readonly operationId: (operation: number) => string | null;
  /** The operation as it is on record. */
  readonly view: (id: string) => OperationView | null;
}

type Call<T> = (context: OperationContext) => Promise<T>;
type Reply<T> = { readonly value: T } | { readonly code: ErrorCode; readonly detail: string };

/** What `ldc` does with its commands, on control nodes in virtual time; ends with its exit codes. */
export class VirtualOperator {
  readonly #parts: VirtualOperatorParts;
  #isKilled = false;
  #commands = 0;
  #first = 0;

  constructor(parts: VirtualOperatorParts) {
    this.#parts = parts;
  }

  async run(command: OperatorCommand): Promise<CommandEnd> {
    this.#commands += 1;
    try {
      return await this.#carryOut(command, `drill-command-${this.#commands}`);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      return { code: EXIT_CODES[exitOf(error.code)].code, output: `${error.code}: ${error.detail}` };
    }
  }

  /** What is still watched ends as if it had been killed. */
  killNow(): void {
    this.#isKilled = true;
  }

  async #carryOut({ wish }: OperatorCommand, key: string): Promise<CommandEnd> {
    const reason = `drill ${this.#parts.scenario}`;
    switch (wish.kind) {
      case 'start':
        return this.#start(wish.call, wish.acceptDataLoss, key, reason);
      case 'abort':
      case 'acceptDataLoss': {
        const id = this.#parts.operationId(wish.operation);
        if (id === null) return { code: null, output: `operation ${wish.operation} was not started` };
        const kind = wish.kind === 'abort' ? 'abort' : 'acceptsLoss';
        await this.#ask((context) => wishFor(context, id, kind, { reason }, OPERATOR));
        return { code: 0, output: `${wish.kind} of ${id}` };
      }
      case 'freezeAll':
        await this.#ask((context) => turnFreezeAll(context, { on: wish.on, reason }, OPERATOR));
        return { code: 0, output: '' };
      case 'apply':
        return this.#apply(wish.rules, key, reason);
    }
  }

  async #start(call: PlanCall, acceptDataLoss: boolean, key: string, reason: string): Promise<CommandEnd> {
    const plan = await this.#ask(async (context) => (await answerPlan(context, call)).answer);
    if (plan.emergencyOffer !== null) return { code: 1, output: `nothing was started: ${plan.emergencyOffer}` };
    if (!plan.allowed) return { code: 1, output: `refused; nothing was changed: ${refusals(plan)}` };
    const started = { plan, reason, acceptDataLoss };
    for (let resend = 0; ; resend += 1) {
      try {
        const { operation } = await this.#ask((context) => startOperation(context, started, key, OPERATOR));
        return this.#watch(operation.id);
      } catch (error) {
        if (!(error instanceof CodedError) || error.code !== 'OPERATION_UNKNOWN' || resend === RESENDS) throw error;
        await waitBy(this.#parts.after, RESEND_MS);
      }
    }
  }

  /** Until it has ended, or its shards have been served again for a while. */
  async #watch(id: string): Promise<CommandEnd> {
    const { nowMs, after, view: viewOf } = this.#parts;
    const from = nowMs();
    let servedFrom: number | null = null;
    while (!this.#isKilled && nowMs() - from < LIMIT_MS) {
      const view = viewOf(id);
      const now = nowMs();
      if (view?.outcome?.kind === 'aborted') return { code: 7, output: `${id}: ${view.outcome.reason}` };
      if (view?.outcome?.kind === 'done') return { code: 0, output: '' };
      if (view?.isReleased === true) servedFrom ??= now;
      if (servedFrom !== null && now - servedFrom >= FOLLOW_PATIENCE_MS) return { code: 0, output: '' };
      await waitBy(after, LOOK_MS);
    }
    return { code: null, output: `operation ${id} is at step ${viewOf(id)?.step ?? 'unknown'}` };
  }

  async #apply(rules: string, id: string, reason: string): Promise<CommandEnd> {
    const text = this.#parts.rulesText(rules);
    const { epoch } = await this.#ask(async (context) => {
      const { epoch: plannedOnEpoch, incarnation } = await runningTable(context);
      const call = { file: rules, text, plannedOnEpoch, incarnation, reason, id };
      const liveReaders = () => liveEdges(context);
      return applyRuleset({ ...context, liveReaders }, call, readRuleset(call), OPERATOR);
    });
    return { code: 0, output: `epoch ${epoch}` };
  }

  /** The first control node that answers, beginning with the one that answered last. */
  async #ask<T>(call: Call<T>): Promise<T> {
    const { controls } = this.#parts.fleet;
    let last: Reply<T> = { code: 'CONTROL_UNREACHABLE', detail: 'no control node answered' };
    for (let attempt = 0; attempt < controls.length; attempt += 1) {
      const index = (this.#first + attempt) % controls.length;
      const reply = await this.#askOne(index, call);
      if (reply === null) continue;
      last = reply;
      this.#first = index;
      if ('value' in reply) return reply.value;
      if (!ELSEWHERE.has(reply.code)) break;
    }
    if ('value' in last) return last.value;
    throw new CodedError(last.code, last.detail);
  }

  /** Null: it does not answer. */
  async #askOne<T>(index: number, call: Call<T>): Promise<Reply<T> | null> {
    const { network, people, controls } = this.#parts.fleet;
    const control = controls[index];
    if (control === undefined) return null;
    const result = await network.call<Reply<T>>(people, control.process, CALL_MS, (answer) => {
      const { context } = control;
      if (context === null) return;
      call(context).then(
        (value) => answer({ value }),
        (error: Error) => answer(replyOf(error)),
      );
    });
    return result.kind === 'answer' ? result.value : null;
  }
}

function replyOf(error: Error): { readonly code: ErrorCode; readonly detail: string } {
  if (error instanceof CodedError) return { code: error.code, detail: error.detail };
  return { code: 'INTERNAL', detail: error.message };
}

function refusals({ verdicts }: PlanAnswer): string {
  return verdicts
    .filter(({ verdict }) => verdict === 'refused')
    .map(({ rule, seen, limit }) => `${rule}: ${seen}, ${limit}`)
    .join('; ');
}
