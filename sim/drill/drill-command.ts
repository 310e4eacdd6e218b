import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CodedError } from '../../src/errors.ts';
import type { DrillRecord } from '../report/drill-record.ts';
import { type ReportView, reportView } from '../report/report-view.ts';
import { writeReport } from '../report/write-report.ts';
import { type OpenScenario, openScenario, scenarioNames } from '../scenario/open-scenario.ts';
import { DrillInterrupted, runLive } from './run-live.ts';

export const DRILL_USAGE = `ldc drill SCENARIO: carries a scenario out and writes a report

Exit code 0: everything holds; 1: something does not; 2: it cannot be carried out as asked; 130: interrupted.

  SCENARIO           a name (ldc drill --list) or a file
  --live             must be said, because it is all there is until drills run in virtual time, too: against real processes on this machine: an own fleet, in an own directory and on free ports, with
                     relays between its data centers; everything is ended and removed at the end, also by Ctrl-C
  --report DIR       where NAME.html and NAME.json go (default .ldc-drills)
  --keep             leave the fleet's directory with logs and data
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
  for (const line of summary(view)) world.print(line);
  world.print(`report: ${files.page}`);
  return view.passed ? PASSED : FAILED;
}

type Values = ReturnType<typeof readArguments>['values'];

/** Null: it was interrupted. */
async function carryOut(open: OpenScenario, values: Values, world: DrillWorld): Promise<DrillRecord | null> {
  world.print(`${open.scenario.name}: ${open.scenario.title}`);
  if (values.live === true) return carryOutLive(open, values.keep === true, world);
  throw new CodedError('CLI_USAGE', 'drills in virtual time are not there yet; add --live for real processes');
}

async function carryOutLive(
  open: OpenScenario,
  keepsDirectory: boolean,
  world: DrillWorld,
): Promise<DrillRecord | null> {
  try {
    return await runLive(open, { say: world.print, signal: world.signal, keepsDirectory });
  } catch (error) {
    if (!(error instanceof DrillInterrupted)) throw error;
    world.print(error.message);
    return null;
  }
}

function listLine(name: string): string {
  const { title, live } = openScenario(name).scenario;
  const how = live.kind === 'no' ? `not live: ${live.because}` : live.kind === 'scaled' ? `live: ${live.because}` : '';
  return `${name.padEnd(22)} ${title}${how === '' ? '' : ` (${how})`}`;
}

/** Verdicts as text: what is broken first. */
function summary({ verdicts, passed }: ReportView): readonly string[] {
  const broken = verdicts.filter(({ holds }) => !holds);
  const line = (mark: string, { claim, seen, limit }: ReportView['verdicts'][number]): string =>
    `  ${mark} ${claim}: ${seen} (${limit})`;
  return [
    ...broken.map((verdict) => line('BROKEN', verdict)),
    ...verdicts.filter(({ holds }) => holds).map((verdict) => line('holds ', verdict)),
    passed
      ? `passed: all ${verdicts.length} statements hold`
      : `FAILED: ${broken.length} of ${verdicts.length} statements broken`,
  ];
}

function readArguments(args: readonly string[]) {
  const [text, flag] = [{ type: 'string' } as const, { type: 'boolean' } as const];
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { live: flag, keep: flag, list: flag, help: flag, report: text },
    });
  } catch (error) {
    throw new CodedError('CLI_USAGE', `${(error as Error).message}; see ldc drill --help`, { cause: error });
  }
}
