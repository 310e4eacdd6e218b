import { durationOption } from '../../src/cli/duration.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import type { PlanCall } from '../../src/control/api-types.ts';
import { CodedError } from '../../src/errors.ts';
import type { OperatorCommand, OperatorWish } from './operator-command.ts';

const OPTIONS = {
  emergency: { type: 'boolean', help: '' },
  'accept-data-loss': { type: 'boolean', help: '' },
  override: { type: 'string', help: '' },
  to: { type: 'string', help: '' },
  for: { type: 'string', help: '' },
  reset: { type: 'boolean', help: '' },
} as const;

type Values = Readonly<Record<string, string | boolean | undefined>>;

const USAGE =
  'must be failover dc|city NAME, failback dc|city NAME, move SHARDS --to UNIT, shift UNIT CELL=WEIGHT…, abort N, ' +
  'accept-data-loss N, freeze-all on|off or rules apply FILE';

/** An operator's command as `ldc` takes it, without `ldc` and `--yes`; or in words what is wrong with it. */
export function readOperatorCommand(text: string): OperatorCommand | string {
  try {
    const { positionals, values } = parseArguments(text.trim().split(/\s+/), OPTIONS);
    const wish = readWish(positionals, values);
    return wish === null ? `${JSON.stringify(text)} is no command of a scenario, ${USAGE}` : { text, wish };
  } catch (error) {
    if (error instanceof CodedError) return error.detail;
    throw error;
  }
}

function readWish([name, first = '', second = '', ...more]: readonly string[], values: Values): OperatorWish | null {
  switch (name) {
    case 'failover':
    case 'failback':
      return more.length > 0 ? null : placeWish(name, first, second, values);
    case 'move':
      if (typeof values.to !== 'string' || second !== '') return null;
      return start({ kind: 'move', shards: first, to: values.to, ...emergency(values), ...overrides(values) }, values);
    case 'shift':
      return shiftWish(first, [second, ...more], values);
    case 'abort':
      return /^[1-9]\d?$/.test(first) ? { kind: 'abort', operation: Number(first) } : null;
    case 'accept-data-loss':
      return /^[1-9]\d?$/.test(first) ? { kind: 'acceptDataLoss', operation: Number(first) } : null;
    case 'freeze-all':
      return first === 'on' || first === 'off' ? { kind: 'freezeAll', on: first === 'on' } : null;
    case 'rules':
      return first === 'apply' && /^[a-z0-9-]+\.yaml$/.test(second) ? { kind: 'apply', rules: second } : null;
    default:
      return null;
  }
}

function placeWish(kind: 'failover' | 'failback', word: string, name: string, values: Values): OperatorWish | null {
  const place = word === 'dc' ? { dataCenter: name } : word === 'city' ? { city: name } : null;
  if (place === null || name === '') return null;
  if (kind === 'failback') return start({ kind, ...place, ...overrides(values) }, values);
  return start({ kind, ...place, ...emergency(values), ...overrides(values) }, values);
}

function shiftWish(unit: string, pairs: readonly string[], values: Values): OperatorWish | null {
  const weights = pairs.filter(Boolean).map((pair) => /^([A-Za-z0-9-]+)=(\d{1,3})$/.exec(pair));
  if (unit === '' || weights.includes(null) || (weights.length === 0) !== (values.reset === true)) return null;
  const named = Object.fromEntries(weights.map((match) => [match?.[1] ?? '', Number(match?.[2])]));
  const forMs = typeof values.for === 'string' ? { forMs: durationOption('for', values.for) } : {};
  return start(
    { kind: 'shift', unit, weights: values.reset === true ? null : named, ...forMs, ...overrides(values) },
    values,
  );
}

function start(call: PlanCall, values: Values): OperatorWish {
  return { kind: 'start', call, acceptDataLoss: values['accept-data-loss'] === true };
}

const emergency = (values: Values): { readonly emergency?: true } =>
  values.emergency === true ? { emergency: true } : {};

const overrides = (values: Values): { readonly overrides?: readonly string[] } =>
  typeof values.override === 'string' ? { overrides: values.override.split(',') } : {};
