import { CodedError } from '../../errors.ts';
import {
  type ConformanceParts,
  type GateUnderTest,
  type RuleVerdict,
  runConformance,
} from '../../gate/conformance-run.ts';
import { GateClient, type GateSend } from '../../gate/gate-client.ts';
import type { GateOwner } from '../../gate/gate-contract.ts';
import type { CliEnvironment } from '../cli-environment.ts';
import { type CliValues, isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { wrap } from '../text/columns.ts';
import { type Paint, printable } from '../text/paint.ts';

/** Limit of one call of a gate, without what the call itself may wait. */
const CALL_MS = 10_000;

export const gateCheck: CliCommand = {
  name: 'gate check',
  operands: 'URL',
  arity: [1, 1],
  summary: 'check a data gate against the contract (docs/data-gate.md)',
  details: [
    'Calls the gate at URL, whose copy must take writes, and the gate of a second copy that follows it: a failover and a failback with late, repeated and contradicting calls. Both are as before afterwards.',
    'It writes into the shard and moves its fences: use a test installation and a shard that nothing else uses, never production.',
    'The exit code is 0 only if every rule was checked and is kept.',
  ],
  options: {
    owner: { type: 'string', value: 'UNIT@DC', help: 'unit and data center of the gate at URL' },
    target: {
      type: 'string',
      value: 'URL',
      help: 'gate of the second copy; without it half of the rules stay unchecked',
    },
    targetOwner: { type: 'string', value: 'UNIT@DC', help: 'unit and data center of the second copy' },
    shard: { type: 'string', value: 'SHARD', help: 'the scratch shard; default 00' },
  },
  run: check,
};

async function check({ positionals, values, env, paint }: CliInvocation): Promise<ExitName> {
  const verdicts = await runConformance(partsOf(positionals[0] ?? '', values, env));
  if (isSet(values, 'json')) env.stdout.write(`${JSON.stringify(verdicts, null, 2)}\n`);
  else env.stdout.write(`${verdictLines(verdicts, paint, env.stdout.columns).join('\n')}\n`);
  return verdicts.every(({ verdict }) => verdict === 'kept') ? 'ok' : 'failed';
}

function partsOf(url: string, values: CliValues, env: CliEnvironment): ConformanceParts {
  const token = textOption(values, 'token') ?? env.variables.LDC_TOKEN ?? '';
  if (token === '') throw usage('the gate’s token is missing: give --token, or set LDC_TOKEN');
  const shard = textOption(values, 'shard') ?? '00';
  if (!/^(\d{1,5}|G)$/.test(shard))
    throw usage(`--shard is ${JSON.stringify(shard)}, must be one shard such as 00 or G`);
  const send: GateSend = (call) => env.call({ ...call, ca: null });
  const client = (base: string, sent: string) => new GateClient(base, { send, token: sent, timeoutMs: CALL_MS });
  const gate = (base: string, owner: string): GateUnderTest => {
    checkUrl(base);
    return { client: client(base, token), owner: ownerOf(textOption(values, owner), owner) };
  };
  const target = textOption(values, 'target');
  return {
    source: gate(url, 'owner'),
    target: target === undefined ? null : gate(target, 'targetOwner'),
    stranger: client(url, 'not-the-token-of-any-gate'),
    shard,
    // Of an entry's key: short, and new in each run.
    runId: env.randomId().slice(-40),
  };
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return;
  throw usage(`the gate’s address is ${JSON.stringify(text)}, must be like http://10.0.1.7:8080`);
}

function ownerOf(text: string | undefined, option: string): GateOwner {
  const [, unit, dataCenter] = /^([^@\s]+)@([^@\s]+)$/.exec(text ?? '') ?? [];
  if (unit !== undefined && dataCenter !== undefined) return { unit, dataCenter };
  const seen = text === undefined ? 'missing' : JSON.stringify(text);
  throw usage(`--${option} is ${seen}, must be the unit and data center of the copy, such as RZ01@hz-a`);
}

const usage = (detail: string): CodedError => new CodedError('CLI_USAGE', detail);

function verdictLines(verdicts: readonly RuleVerdict[], paint: Paint, width: number): string[] {
  const shown = { kept: paint.good('kept     '), broken: paint.bad('BROKEN   '), unchecked: paint.bold('unchecked') };
  const indent = ' '.repeat(11);
  const lines = verdicts.flatMap(({ rule, claim, verdict, detail }) => [
    `${shown[verdict]}  ${rule}`,
    ...(verdict === 'unchecked' ? [] : wrap(claim, width, indent, indent)),
    ...(verdict === 'broken' ? wrap(printable(detail), width, indent, '        -> ') : []),
  ]);
  // After the first broken rule all others have the same reason.
  const reasons = new Set(verdicts.flatMap(({ verdict, detail }) => (verdict === 'unchecked' ? [detail] : [])));
  for (const reason of reasons) lines.push('', ...wrap(`unchecked because: ${printable(reason)}`, width, indent));
  const count = (wanted: RuleVerdict['verdict']): number => verdicts.filter(({ verdict }) => verdict === wanted).length;
  return [...lines, '', `${count('kept')} rules kept, ${count('broken')} broken, ${count('unchecked')} unchecked`];
}
