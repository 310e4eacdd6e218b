import { parseArgs } from 'node:util';
import { machineFacts } from '../../bench/machine.ts';
import { CodedError } from '../../src/errors.ts';
import { commitOf } from '../drill/commit.ts';
import { explain } from './explain.ts';
import { recordFigures } from './record-figures.ts';
import { runScenario } from './run-scenario.ts';
import { runSeeds } from './run-seeds.ts';
import { addResult, NOTHING_RUN, summaryText } from './run-summary.ts';
import { runSeed, type SeedResult } from './seed-run.ts';
import { shrink } from './shrink.ts';
import { openTopology } from './topology-file.ts';
import { wholeOption } from './whole-option.ts';

const USAGE = `ldc sim run [--scenario SCENARIO] [--seeds N] [--from S] [--jobs N] [--faults-s N] [--once] [--keep-going] [--record]
  Runs N seeds (default 100) from S (default 1) on as many threads as there are cores, or --jobs; each seed twice, to compare the
  hashes of all that happened (--once: once only). Exit code 1 if a statement of docs/ownership-protocol.md is violated, or if a
  seed gives two hashes. --faults-s: virtual seconds with faults, default 60. --keep-going: shrinks and explains every
  violation, not the first only. --record writes the figures to sim/run/results.json.
  --scenario: faults and load are those of a scenario (a name or a file, ldc drill --list), with another chance in network, order
  and processes for each seed; a claim of the scenario that does not hold is a failure, too.`;
const MOST_SHRINKS = 120;
const VIOLATED = 1;
const INTERRUPTED = 130;
const PROGRESS_MS = 2_000;

/** `ldc sim run`; resolves to the exit code. */
export async function runCommand(
  args: readonly string[],
  write: (text: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const options = read(args);
  if (options === null) {
    write(`${USAGE}\n`);
    return 0;
  }
  const { seeds, from, jobs, faultsMs, isOnce, keepsGoing, isRecorded, scenario } = options;
  if (scenario !== null) {
    const hasHeld = await runScenario({ scenario, seeds, from, jobs, keepsGoing, write, signal });
    return signal.aborted ? INTERRUPTED : hasHeld ? 0 : VIOLATED;
  }
  const topology = openTopology('three-cities.yaml');
  const machine = machineFacts();
  const begun = performance.now();
  const cpuBefore = process.cpuUsage();
  let summary = NOTHING_RUN;
  let told = begun;
  const bad: SeedResult[] = [];
  const ended = (result: SeedResult): void => {
    summary = addResult(summary, result);
    if (result.violation !== null) bad.push(result);
    const now = performance.now();
    if (now - told < PROGRESS_MS) return;
    told = now;
    const rate = summary.seeds / ((now - begun) / 1000);
    write(
      `${summary.seeds}/${seeds} seeds, ${rate.toFixed(1)} seeds/s, ${(summary.virtualMs / 3_600_000).toFixed(2)} virtual hours, ${bad.length} violated\n`,
    );
  };
  await runSeeds({ from, seeds, jobs, topology, faultsMs, isOnce, ended, signal });
  const { user, system } = process.cpuUsage(cpuBefore);
  const cost = { tookMs: performance.now() - begun, cpuMs: (user + system) / 1000, jobs, runsPerSeed: isOnce ? 1 : 2 };
  write(summaryText(summary, cost));
  if (isRecorded) recordFigures(import.meta.url, { from, faultsMs, ...cost, ...summary }, machine);
  for (const result of keepsGoing ? bad : bad.slice(0, 1)) {
    const seedOptions = { seed: result.seed, topology, faultsMs };
    const shrunk = await shrink(seedOptions, result, { run: runSeed, mostRuns: MOST_SHRINKS });
    write(explain(result, commitOf(), commandFor(result.seed, faultsMs, shrunk.kept), shrunk));
  }
  if (signal.aborted) return INTERRUPTED;
  return bad.length === 0 ? 0 : VIOLATED;
}

export function commandFor(seed: number, faultsMs: number, only: readonly string[] | null = null): string {
  const length = faultsMs === 60_000 ? '' : ` --faults-s ${faultsMs / 1000}`;
  return `ldc sim replay ${seed}${length}${only === null ? '' : ` --only '${only.join(',')}'`}`;
}

function read(args: readonly string[]) {
  const values = parse(args);
  if (values.help === true) return null;
  const whole = (name: 'seeds' | 'from' | 'jobs' | 'faults-s', byDefault: number, least: number): number =>
    wholeOption(name, values[name], byDefault, least);
  if (values.scenario !== undefined && values.record === true)
    throw new CodedError('CLI_USAGE', '--record does not go with --scenario: a drill has its report');
  if (values.scenario !== undefined && values['faults-s'] !== undefined)
    throw new CodedError('CLI_USAGE', '--faults-s does not go with --scenario: the scenario says what happens when');
  return {
    seeds: whole('seeds', 100, 1),
    from: whole('from', 1, 0),
    jobs: whole('jobs', Math.max(1, navigator.hardwareConcurrency), 1),
    faultsMs: whole('faults-s', 60, 1) * 1000,
    isOnce: values.once === true,
    keepsGoing: values['keep-going'] === true,
    isRecorded: values.record === true,
    scenario: values.scenario ?? null,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    scenario: text,
    seeds: text,
    from: text,
    jobs: text,
    'faults-s': text,
    once: flag,
    'keep-going': flag,
    record: flag,
    help: flag,
  };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new CodedError('CLI_USAGE', `${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}
