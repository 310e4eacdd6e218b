import { CARRY_OUT_OPTIONS, carryOut, overridesOf } from '../carry-out.ts';
import { isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import { durationOption } from '../duration.ts';
import type { ExitName } from '../exit-code.ts';
import { usage } from '../parse-arguments.ts';

const MOST_CELLS = 64;

export const shift: CliCommand = {
  name: 'shift',
  operands: 'UNIT [CELL=WEIGHT…]',
  arity: [1, 1 + MOST_CELLS],
  summary: 'change the weights of a unit’s cells at run time',
  details: ['Nothing freezes. Cells that are not named keep their weight; together they must have 100.'],
  options: {
    for: { type: 'string', value: 'TIME', help: 'the ruleset’s weights come back after it: 90s, 30m, 2h, 1d' },
    reset: { type: 'boolean', help: 'instead of weights: back to the ruleset’s now' },
    ...CARRY_OUT_OPTIONS,
  },
  run,
};

async function run(invocation: CliInvocation): Promise<ExitName> {
  const { positionals, values } = invocation;
  const [unit = '', ...pairs] = positionals;
  const time = textOption(values, 'for');
  const forMs = time === undefined ? null : durationOption('for', time);
  const isReset = isSet(values, 'reset');
  if (isReset && (pairs.length > 0 || forMs !== null)) throw usage('--reset takes neither weights nor --for');
  if (!isReset && pairs.length === 0) throw usage(`give weights, such as ${unit}A=100 ${unit}B=0, or --reset`);
  const weights = isReset ? null : weightsOf(pairs);
  return carryOut(invocation, { kind: 'shift', unit, weights, forMs, ...overridesOf(invocation) });
}

function weightsOf(pairs: readonly string[]): Record<string, number> {
  const weights = new Map<string, number>();
  for (const pair of pairs) {
    const [, id = '', weight = ''] = /^([^=\s]+)=(\d{1,3})$/.exec(pair) ?? [];
    if (id === '' || Number(weight) > 100) {
      throw usage(
        `a weight is ${JSON.stringify(pair)}, must be a cell and a whole number from 0 to 100, such as RZ01A=100`,
      );
    }
    if (weights.has(id)) throw usage(`the weight of ${id} is given twice`);
    weights.set(id, Number(weight));
  }
  return Object.fromEntries(weights);
}
