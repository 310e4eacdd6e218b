import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CodedError } from '../../src/errors.ts';
import type { DrillRecord } from '../report/drill-record.ts';
import { duration } from '../report/judge.ts';
import { reportView } from '../report/report-view.ts';
import { writeReport } from '../report/write-report.ts';
import { wholeOption } from '../run/whole-option.ts';
import { type OpenScenario, openScenario, scenarioNames } from '../scenario/open-scenario.ts';
import { lineInWords, type TraceLine } from '../world/trace.ts';
import { commitOf } from './commit.ts';
import { DrillInterrupted } from './drill-interrupted.ts';
import { drillSummary } from './drill-summary.ts';
import { runLive } from './run-live.ts';
import { runVirtual } from './virtual/run-virtual.ts';

export const DRILL_USAGE = `ldc drill SCENARIO: carries a scenario out and writes a report

Without --live in virtual time: the same gateways, control nodes and ledgers in one process, an hour in seconds, every statement of
docs/ownership-protocol.md checked at each instant. ldc sim run --scenario SCENARIO does it with many seeds.

Exit code 0: everything holds; 1: something does not; 2: it cannot be carried out as asked; 130: interrupted.

  SCENARIO           a name (ldc drill --list) or a file
  --seed N           of chance in virtual time: the same seed, the same drill (default 1)
  --trace            print each line of what happens in virtual time, with who and when
  --live             with real processes on this machine: an own fleet, in an own directory and on free ports, with relays
                     between its data centers; everything is ended and removed at the end, also by Ctrl-C
  --report DIR       where NAME.html and NAME.json go (default .ldc-drills)
  --keep             with --live: leave the fleet's directory with logs and data
  --list             names of the scenarios, and whether they run live
  --help             this text`;

export interface DrillWorld {
  readonly print: (line: string) => void;
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal;
}

const [PASSED, FAILED, USAGE, INTERRUPTED] = [0, 1, 2, 130] as const;

/** `ldc drill ARGS`; returns the exit code. Throws CLI_USAGE for what cannot be carried out. */
export async function drillCommand(args: readonly string[], world: DrillWorld): Promise<number> {
  const { values, positionals } = readArguments(args);
  if (values.help === true || (positionals.length === 0 && values.list !== true)) {
    world.print(values.help === true ? DRILL_USAGE : `${DRILL_USAGE}\n\nscenarios: ${scenarioNames().join(', ')}`);
    return values.help === true ? PASSED : USAGE;
  }
  if (values.list === true) {
    for (const name of scenarioNames()) world.print(listLine(name));
    return PASSED;
  }
  if (positionals.length > 1)
    throw new CodedError('CLI_USAGE', `one scenario at a time; seen ${positionals.join(' ')}`);
  const open = openScenario(positionals[0] ?? '');
  const record = await carryOut(open, values, world);
  if (record === null) return INTERRUPTED;
  const view = reportView(open.scenario, open.topology.shardRule, record);
  const name = `${open.scenario.name}${values.live === true ? '-live' : ''}`;
  const files = writeReport(view, resolve(values.report ?? '.ldc-drills'), name);
  for (const line of drillSummary(view)) world.print(line);
  world.print(`report: ${files.page}`);
  return view.passed ? PASSED : FAILED;
}

type Values = ReturnType<typeof readArguments>['values'];

/** Null: it was interrupted. */
async function carryOut(open: OpenScenario, values: Values, world: DrillWorld): Promise<DrillRecord | null> {
  checkOptions(values);
  world.print(`${open.scenario.name}: ${open.scenario.title}`);
  try {
    if (values.live !== true) return await carryOutVirtual(open, values, world);
    return await runLive(open, { say: world.print, signal: world.signal, keepsDirectory: values.keep === true });
  } catch (error) {
    if (!(error instanceof DrillInterrupted)) throw error;
    world.print(error.message);
    return null;
  }
}

async function carryOutVirtual(open: OpenScenario, values: Values, world: DrillWorld): Promise<DrillRecord> {
  const seed = seedOf(values);
  const print = (line: TraceLine): void => world.print(lineInWords(line));
  const begun = performance.now();
  const {
    record,
    world: end,
    lines,
  } = await runVirtual(open, {
    ...{ seed, commit: commitOf(), startedAt: Date.now(), signal: world.signal },
    ...(values.trace === true && { print }),
  });
  const tookMs = performance.now() - begun;
  world.print(`seed ${seed}: ${duration(end.now)} of virtual time in ${duration(tookMs)}`);
  if (lines.length > 0 && values.trace !== true) {
    world.print('the last lines before a statement was violated (all of them: --trace):');
    for (const line of lines) world.print(lineInWords(line));
  }
  return record;
}

/** An option of the other engine would be left out silently. */
function checkOptions({ live, keep, seed, trace }: Values): void {
  if (live === true && (seed !== undefined || trace === true))
    throw new CodedError('CLI_USAGE', 'chance cannot be repeated live: --seed and --trace do not go with --live');
  if (live !== true && keep === true)
    throw new CodedError('CLI_USAGE', '--keep is for --live: nothing is written in virtual time but the report');
  seedOf({ seed });
}

function seedOf({ seed }: Pick<Values, 'seed'>): number {
  return wholeOption('seed', seed, 1, 0);
}

function listLine(name: string): string {
  const { title, live } = openScenario(name).scenario;
  const how = live.kind === 'no' ? `not live: ${live.because}` : live.kind === 'scaled' ? `live: ${live.because}` : '';
  return `${name.padEnd(22)} ${title}${how === '' ? '' : ` (${how})`}`;
}

function readArguments(args: readonly string[]) {
  const [text, flag] = [{ type: 'string' } as const, { type: 'boolean' } as const];
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { live: flag, keep: flag, list: flag, help: flag, trace: flag, report: text, seed: text },
    });
  } catch (error) {
    throw new CodedError('CLI_USAGE', `${(error as Error).message}; see ldc drill --help`, { cause: error });
  }
}
