import { machineFacts } from '../../bench/machine.ts';
import { CodedError } from '../../src/errors.ts';
import { recordFigures } from '../run/record-figures.ts';
import { runExhaustive } from './run-exhaustive.ts';

const USAGE = `ldc sim exhaustive [--small] [--record]: searches every order of events in small worlds

Runs the real operation machine, table transactions and guards, the choice of owners after a restored store, and the model of witnesses.
Exit code 0: no sentence was broken; 1: one was, and the shortest way to it is printed. Takes minutes and about 4 GB; --small takes half a minute.
--record writes states and depth of each world to sim/exhaustive/results.json.`;

const [PASSED, FAILED] = [0, 1] as const;

/** `ldc sim exhaustive`; resolves to the exit code. */
export async function exhaustiveCommand(args: readonly string[], write: (text: string) => void): Promise<number> {
  if (args.includes('--help')) {
    write(`${USAGE}\n`);
    return PASSED;
  }
  const unknown = args.find((option) => option !== '--small' && option !== '--record');
  if (unknown !== undefined) throw new CodedError('CLI_USAGE', `unknown: ${unknown}\n\n${USAGE}`);
  const isSmall = args.includes('--small');
  const machine = machineFacts();
  const { isGood, ...figures } = runExhaustive(
    isSmall,
    () => performance.now(),
    (line) => write(`${line}\n`),
  );
  if (isGood && args.includes('--record')) recordFigures(import.meta.url, figures, machine);
  return isGood ? PASSED : FAILED;
}
