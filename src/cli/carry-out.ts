import type { OperationView, PlanAnswer, PlanCall } from '../control/api-types.ts';
import { isSet, textOption } from './cli-values.ts';
import type { CliInvocation, CliOptions } from './command.ts';
import { isConfirmed } from './confirm.ts';
import type { ControlClient } from './control-client.ts';
import { Detachment } from './detachment.ts';
import type { ExitName } from './exit-code.ts';
import { operationCalls, startOperation } from './operation-calls.ts';
import { usage } from './parse-arguments.ts';
import { wrap } from './text/columns.ts';
import { KIND_WORDS, objectText } from './text/operation-words.ts';
import { printable } from './text/paint.ts';
import { planLines } from './text/plan-text.ts';
import { watchOperation } from './watch-operation.ts';

/** Options of every command that carries something out. */
export const CARRY_OUT_OPTIONS: CliOptions = {
  yes: { type: 'boolean', help: 'do not ask; needed where nobody can be asked' },
  'dry-run': { type: 'boolean', help: 'show the plan only; exit code 1 if it would be refused' },
  override: { type: 'string', value: 'RULE[,RULE]', help: 'safety rules to override, by name; needs an admin’s token' },
  reason: { type: 'string', value: 'TEXT', help: 'why, for the audit' },
};

export const EMERGENCY_OPTIONS: CliOptions = {
  emergency: { type: 'boolean', help: 'ask nothing of what is left: for a data center that does not answer' },
  'accept-data-loss': {
    type: 'boolean',
    help: 'beforehand: do not wait for somebody to accept what may be lost in an emergency',
  },
};

/** Names of the rules to override; undefined: none. */
export function overridesOf({ values }: CliInvocation): { readonly overrides?: readonly string[] } {
  const text = textOption(values, 'override');
  if (text === undefined) return {};
  const overrides = text.split(',').map((rule) => rule.trim());
  if (overrides.every((rule) => /^[a-z-]{1,64}$/.test(rule))) return { overrides };
  throw usage(`--override is ${JSON.stringify(text)}, must be names of safety rules as a plan shows them`);
}

/** Plans, shows, asks, starts and watches; nothing is done before the yes. */
export async function carryOut(invocation: CliInvocation, call: PlanCall): Promise<ExitName> {
  const { values, env } = invocation;
  const isDry = isSet(values, 'dry-run');
  const isAsking = !isDry && !isSet(values, 'yes');
  if (isAsking && (!env.isInteractive || isSet(values, 'json'))) {
    throw usage('nobody can be asked here: look at the plan with --dry-run first, then give --yes');
  }
  const client = await invocation.client();
  const plan = await operationCalls.plan(client, call);
  const isStartable = plan.allowed && plan.emergencyOffer === null;
  if (isDry || !isSet(values, 'json') || !isStartable) printPlan(invocation, plan);
  if (plan.emergencyOffer !== null) return offerEmergency(invocation, plan);
  if (isDry) {
    tellPlan(invocation, plan.allowed ? 'nothing was started (--dry-run)' : 'it would be refused');
    return plan.allowed ? 'ok' : 'failed';
  }
  if (!plan.allowed) {
    tellPlan(invocation, 'refused; nothing was changed');
    return 'failed';
  }
  if (isAsking && !(await isConfirmed(env, printable(questionOf(plan))))) {
    env.stdout.write('nothing was started\n');
    return 'failed';
  }
  return start(invocation, client, plan);
}

function printPlan({ values, env, paint }: CliInvocation, plan: PlanAnswer): void {
  const text = isSet(values, 'json')
    ? JSON.stringify(plan, null, 2)
    : planLines(plan, paint, env.stdout.columns).join('\n');
  env.stdout.write(`${text}\n`);
}

/** A data center that does not answer is told of at once, and nothing waits for it; an emergency begins only if it was asked for. */
async function offerEmergency(invocation: CliInvocation, plan: PlanAnswer): Promise<ExitName> {
  const { env, values } = invocation;
  const { call } = plan;
  const canBe = (call.kind === 'failover' || call.kind === 'move') && call.emergency !== true;
  const isAsked = canBe && env.isInteractive && !isSet(values, 'dry-run') && !isSet(values, 'yes');
  if (isAsked && (await isConfirmed(env, 'Plan an EMERGENCY instead? Nothing is started yet. [y/N] '))) {
    env.stdout.write('\n');
    return carryOut(invocation, { ...call, emergency: true });
  }
  tellPlan(invocation, `nothing was started${canBe ? '; for an emergency: the same command with --emergency' : ''}`);
  return 'failed';
}

async function start(invocation: CliInvocation, client: ControlClient, plan: PlanAnswer): Promise<ExitName> {
  const { values, env } = invocation;
  const call = {
    plan,
    reason: textOption(values, 'reason') ?? '',
    acceptDataLoss: isSet(values, 'accept-data-loss'),
  };
  // From here on Ctrl-C only detaches: who leaves must know whether it began.
  const detachment = new Detachment(env);
  try {
    const { outcome, operation } = await startOperation(env, client, call);
    const output = isSet(values, 'json') ? env.stderr : env.stdout;
    output.write(`${startedLines(outcome, operation, output.columns).join('\n')}\n`);
    return await watchOperation(invocation, client, operation, detachment);
  } finally {
    detachment.close();
  }
}

function startedLines(outcome: 'started' | 'again', operation: OperationView, width: number): string[] {
  const verb = outcome === 'started' ? 'began' : 'had begun already';
  const text = `operation ${operation.id} ${verb} (${KIND_WORDS[operation.kind]}, ${objectText(operation)}); Ctrl-C leaves it running`;
  return ['', ...wrap(text, width, '  ')];
}

function questionOf(plan: PlanAnswer): string {
  const object = objectText(plan);
  if (plan.kind === 'emergency') return `Begin the EMERGENCY for ${object}? [y/N] `;
  return `Carry out the ${KIND_WORDS[plan.kind]} (${object})? [y/N] `;
}

/** Where standard output is JSON, words go to standard error. */
function tellPlan({ values, env }: CliInvocation, text: string): void {
  (isSet(values, 'json') ? env.stderr : env.stdout).write(`${printable(text)}\n`);
}
