import type { AdoptionAnswer, AdoptionCall, AdoptionStartAnswer } from '../../control/api-types.ts';
import { CodedError } from '../../errors.ts';
import { isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import { isConfirmed } from '../confirm.ts';
import type { ControlClient } from '../control-client.ts';
import { Detachment } from '../detachment.ts';
import type { ExitName } from '../exit-code.ts';
import { usage } from '../parse-arguments.ts';
import { adoptionLines } from '../text/adoption-text.ts';
import { wrap } from '../text/columns.ts';
import { watchAdoption } from '../watch-adoption.ts';

export const storeAdopt: CliCommand = {
  name: 'store adopt',
  operands: '',
  arity: [0, 0],
  summary: 'go on with a store that was restored or created anew',
  details: [
    'First end every member of the old store for good: nothing here can find out whether one still answers somewhere.',
    'Shows what the store says, what gateways and data gates have seen, and which copy of each shard was promoted last; asks; freezes every shard, waits until no guard of before can admit a write, fences every data gate, grants each shard to its last promoted copy.',
    'It waits for gates that do not answer. Ctrl-C leaves it running; the same command again shows it, and can give data centers up.',
  ],
  options: {
    yes: { type: 'boolean', help: 'do not ask; needed where nobody can be asked' },
    'dry-run': { type: 'boolean', help: 'show what was seen only; exit code 1 if an adoption would be refused' },
    'give-up': {
      type: 'string',
      value: 'DC[,DC]',
      help: 'do not wait for the gates of these data centers; needs --accept-data-loss',
    },
    'accept-data-loss': { type: 'boolean', help: 'writes that only they have may be lost' },
    force: {
      type: 'boolean',
      help: 'also if nothing shows that the store went back, or in place of an adoption that is stuck',
    },
    reason: { type: 'string', value: 'TEXT', help: 'why, for the audit' },
  },
  run,
};

const QUESTION = 'Adopt this store? EVERY WRITE STOPS until it is done. [y/N] ';
const RESENDS = 4;
const RESEND_MS = 500;

async function run(invocation: CliInvocation): Promise<ExitName> {
  const { values, env, paint } = invocation;
  const isDry = isSet(values, 'dry-run');
  const isAsking = !isDry && !isSet(values, 'yes');
  const wanted = wishOf(invocation);
  if (isAsking && (!env.isInteractive || isSet(values, 'json')))
    throw usage('nobody can be asked here: look with --dry-run first, then give --yes');
  const client = await invocation.client();
  const seen = await client.get<AdoptionAnswer>('/v1/store/adoption');
  const isJson = isSet(values, 'json');
  if (!isJson) env.stdout.write(`${adoptionLines(seen, wanted.giveUp, paint, env.stdout.columns).join('\n')}\n`);
  else if (isDry) env.stdout.write(`${JSON.stringify(seen, null, 2)}\n`);
  const isNeeded = seen.evidence.length > 0 || isUnderWay(seen) || wanted.force;
  const output = isJson ? env.stderr : env.stdout;
  const tell = (text: string): void => output.write(`${wrap(text, output.columns, '  ').join('\n')}\n`);
  if (!isNeeded) tell('nothing shows that the store went back: nothing to adopt (--force does it all the same)');
  if (isDry || !isNeeded) {
    if (isDry && isNeeded) tell('nothing was started (--dry-run)');
    return isNeeded ? 'ok' : 'failed';
  }
  const changes = !isUnderWay(seen) || wanted.force || wanted.giveUp.length > 0;
  if (isAsking && changes && !(await isConfirmed(env, QUESTION))) {
    tell('nothing was started');
    return 'failed';
  }
  return start(invocation, client, { id: env.randomId(), store: seen.store, ...wanted });
}

function wishOf({
  values,
}: CliInvocation): Required<Pick<AdoptionCall, 'giveUp' | 'acceptDataLoss' | 'force' | 'reason'>> {
  const text = textOption(values, 'give-up') ?? '';
  const giveUp = text === '' ? [] : text.split(',').map((name) => name.trim());
  const acceptDataLoss = isSet(values, 'accept-data-loss');
  if (giveUp.length > 0 && !acceptDataLoss)
    throw usage(
      '--give-up needs --accept-data-loss: acknowledged writes that only those data centers have may be lost',
    );
  return { giveUp, acceptDataLoss, force: isSet(values, 'force'), reason: textOption(values, 'reason') ?? '' };
}

function isUnderWay({ adoption }: AdoptionAnswer): boolean {
  return adoption !== null && !adoption.isReleased;
}

async function start(invocation: CliInvocation, client: ControlClient, call: AdoptionCall): Promise<ExitName> {
  const { env, values } = invocation;
  const detachment = new Detachment(env);
  try {
    const { outcome, adoption } = await send(invocation, client, call);
    const verb = outcome === 'joined' ? 'is under way already' : 'began';
    const output = isSet(values, 'json') ? env.stderr : env.stdout;
    output.write(`\nadoption ${adoption.id} ${verb}; Ctrl-C leaves it running\n`);
    return await watchAdoption(invocation, client, adoption, detachment);
  } finally {
    detachment.close();
  }
}

/** Done once per ID however often it is sent. */
async function send({ env }: CliInvocation, client: ControlClient, call: AdoptionCall): Promise<AdoptionStartAnswer> {
  const never = new AbortController().signal;
  for (let resend = 0; ; resend += 1) {
    try {
      return await client.post<AdoptionStartAnswer>('/v1/store/adoption', call, { unknown: 'OPERATION_UNKNOWN' });
    } catch (error) {
      const isLost = error instanceof CodedError && error.code === 'OPERATION_UNKNOWN';
      if (!isLost || resend === RESENDS) throw error;
      await env.wait(RESEND_MS, never);
    }
  }
}
