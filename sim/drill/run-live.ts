import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { VERSION } from '../../src/app/version.ts';
import { CodedError } from '../../src/errors.ts';
import type { DrillRecord } from '../report/drill-record.ts';
import type { OpenScenario } from '../scenario/open-scenario.ts';
import { commitOf } from './commit.ts';
import { DrillInterrupted } from './drill-interrupted.ts';
import { LiveDrill } from './live-drill.ts';
import { LiveFleet } from './live-fleet.ts';
import { scaleScenario } from './scale-scenario.ts';
import { SocketOwners } from './socket-owners.ts';

export interface LiveRun {
  readonly say: (line: string) => void;
  /** Ends the drill early; everything is ended and removed all the same. */
  readonly signal: AbortSignal;
  /** Leaves the directory with logs and data where it is. */
  readonly keepsDirectory: boolean;
}

/**
 * Carries a scenario out on a fleet of real processes that it starts itself, in a new directory, on free ports, and ends and removes
 * whatever happens. Throws CLI_USAGE if the scenario cannot run live or something that it needs is not there, DrillInterrupted
 * when `signal` fires.
 */
export async function runLive(open: OpenScenario, { say, signal, keepsDirectory }: LiveRun): Promise<DrillRecord> {
  const factor = liveFactor(open, say);
  const scenario = scaleScenario(open.scenario, factor);
  const directory = mkdtempSync(join(tmpdir(), 'ldc-live-drill-'));
  const ends: (() => Promise<void>)[] = [];
  let killNow = (): void => {};
  const atExit = (): void => {
    killNow();
    if (!keepsDirectory) rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', atExit);
  const work = async (): Promise<DrillRecord> => {
    stopIf(signal);
    const fleet = await LiveFleet.prepare(open, directory);
    killNow = () => fleet.killNow();
    ends.push(() => fleet.stop());
    stopIf(signal);
    say(`starting ${fleet.names().length} processes in ${directory}`);
    await fleet.start();
    stopIf(signal);
    const rulesFile = (rules: string): string => join(dirname(open.rulesFile), rules);
    const drill = new LiveDrill({ open, scenario, fleet, engine: engineFacts(factor), rulesFile, say });
    ends.push(() => drill.close());
    return drill.run();
  };
  // At once, not one after the other: a command or a start that is under way ends when its process is gone.
  const endAll = async (): Promise<void> => {
    const tell = (error: Error): void => say(`while ending: ${error.message}`);
    await Promise.all(ends.splice(0).map((end) => end().catch(tell)));
  };
  try {
    return await unlessInterrupted(work, signal, endAll);
  } finally {
    await endAll();
    process.off('exit', atExit);
    atExit();
    if (keepsDirectory) say(`logs and data are in ${directory}`);
  }
}

/** After an interruption everything is ended first, and then the work has nothing left to wait for. */
const LAST_WORK_MS = 20_000;

async function unlessInterrupted<Result>(
  work: () => Promise<Result>,
  signal: AbortSignal,
  endAll: () => Promise<void>,
): Promise<Result> {
  let giveUp: NodeJS.Timeout | undefined;
  let isOver = false;
  const interrupted = new Promise<never>((_, reject) => {
    const end = async (): Promise<void> => {
      await endAll();
      if (!isOver) giveUp = setTimeout(() => reject(new Error('the drill did not end')), LAST_WORK_MS);
    };
    if (signal.aborted) void end();
    else signal.addEventListener('abort', () => void end(), { once: true });
  });
  try {
    return await Promise.race([work(), interrupted]);
  } catch (error) {
    throw signal.aborted ? new DrillInterrupted('the drill was interrupted; everything is ended') : error;
  } finally {
    isOver = true;
    clearTimeout(giveUp);
  }
}

/** By what the times are multiplied; throws CLI_USAGE if the scenario cannot run live here. */
function liveFactor({ scenario: { name, live, timeline } }: OpenScenario, say: LiveRun['say']): number {
  if (live.kind === 'no') throw new CodedError('CLI_USAGE', `scenario ${name} cannot run live: ${live.because}`);
  const hasLinks = timeline.some(({ action }) => 'link' in action);
  if (hasLinks && !SocketOwners.canLook())
    throw new CodedError('CLI_USAGE', 'cutting links live needs Linux: /proc tells whose connection a relay carries');
  if (live.kind === 'same') return 1;
  say(`live with all times × ${live.factor}: ${live.because}`);
  return live.factor;
}

function engineFacts(factor: number): DrillRecord['engine'] {
  const machine = `Node ${process.versions.node}, ${availableParallelism()} cores`;
  return { kind: 'live', commit: commitOf(), version: VERSION, seed: null, machine, startedAt: Date.now(), factor };
}

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw new DrillInterrupted();
}
