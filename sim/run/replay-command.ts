import { parseArgs } from 'node:util';
import { CodedError } from '../../src/errors.ts';
import { commitOf } from '../drill/commit.ts';
import { lineInWords } from '../world/trace.ts';
import { explain } from './explain.ts';
import { commandFor } from './run-command.ts';
import { runSeed, type SeedOptions } from './seed-run.ts';
import { openTopology } from './topology-file.ts';

const USAGE = `ldc sim replay SEED [--trace] [--only ID,ID,…] [--faults-s N]
  Runs one seed twice and compares the hashes. --trace prints every line of what happens. --only: with these faults and commands
  only, as a shrunk violation names them.`;
const VIOLATED = 1;
const TRACE_LIMIT = 2_000_000;

/** `ldc sim replay`; resolves to the exit code. */
export async function replayCommand(args: readonly string[], write: (text: string) => void): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help === true) {
    write(`${USAGE}\n`);
    return 0;
  }
  const seed = Number(positionals[0]);
  if (positionals.length !== 1 || !Number.isSafeInteger(seed) || seed < 0)
    throw new CodedError('CLI_USAGE', `SEED must be one whole number from 0: ${USAGE}`);
  const faultsMs = Number(values['faults-s'] ?? 60) * 1000;
  if (!(faultsMs > 0)) throw new CodedError('CLI_USAGE', `--faults-s must be a number above 0: ${USAGE}`);
  const only = values.only?.split(',').filter((id) => id !== '') ?? null;
  const options: SeedOptions = { seed, topology: openTopology('three-cities.yaml'), faultsMs };
  const without = only === null ? new Set<string>() : await others(options, only);
  let lines = 0;
  const print = values.trace === true && {
    print: (line: Parameters<typeof lineInWords>[0]) => {
      if (lines++ < TRACE_LIMIT) write(`${lineInWords(line)}\n`);
    },
  };
  const result = await runSeed({ ...options, without, ...print });
  const again = await runSeed({ ...options, without });
  const command = commandFor(seed, faultsMs, only);
  write(explain(result, commitOf(), command));
  const isSame = result.hash === again.hash;
  write(
    `hash ${result.hash}, ${isSame ? 'the same twice' : `and ${again.hash} when run again: the simulator is not deterministic`}\n`,
  );
  write(
    `${(result.virtualMs / 1000).toFixed(1)} virtual seconds, ${result.turns} events, ${result.requests} tries of clients\n`,
  );
  return result.violation === null && isSame ? 0 : VIOLATED;
}

/** IDs of the seed's schedule that are not wanted; throws if a wanted one is not in it. */
async function others(options: SeedOptions, only: readonly string[]): Promise<Set<string>> {
  const { planned } = await runSeed({ ...options, isPlanOnly: true });
  const strange = only.find((id) => !planned.includes(id));
  if (strange !== undefined) throw new CodedError('CLI_USAGE', `--only: seed ${options.seed} has no ${strange}`);
  return new Set(planned.filter((id) => !only.includes(id)));
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { trace: flag, only: text, 'faults-s': text, help: flag },
      allowPositionals: true,
    });
  } catch (error) {
    throw new CodedError('CLI_USAGE', `${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}
