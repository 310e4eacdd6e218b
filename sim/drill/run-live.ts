import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { VERSION } from '../../src/app/version.ts';
import { CodedError } from '../../src/errors.ts';
import type { DrillRecord } from '../report/drill-record.ts';
import type { OpenScenario } from '../scenario/open-scenario.ts';
import { commitOf } from './commit.ts';
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

/** Somebody pressed Ctrl-C. */
export class DrillInterrupted extends Error {}

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
  const killNow: (() => void)[] = [];
  const atExit = (): void => {
    for (const kill of killNow) kill();
    if (!keepsDirectory) rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', atExit);
  const work = async (): Promise<DrillRecord> => {
    const fleet = await LiveFleet.prepare(open, directory);
    killNow.push(() => fleet.killNow());
    if (signal.aborted) await fleet.stop();
    stopIf(signal);
    ends.unshift(() => fleet.stop());
    say(`starting ${fleet.names().length} processes in ${directory}`);
    await fleet.start();
    stopIf(signal);
    const rulesFile = (rules: string): string => join(dirname(open.rulesFile), rules);
    const drill = new LiveDrill({ open, scenario, fleet, engine: engineFacts(factor), rulesFile, say });
    ends.unshift(() => drill.close());
    return drill.run();
  };
  try {
    return await Promise.race([work(), interrupted(signal)]);
  } finally {
    for (const end of ends) await end().catch((error: Error) => say(`while ending: ${error.message}`));
    process.off('exit', atExit);
    atExit();
    if (keepsDirectory) say(`logs and data are in ${directory}`);
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

function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(interruption());
    signal.addEventListener('abort', () => reject(interruption()), { once: true });
  });
}

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw interruption();
}

const interruption = (): DrillInterrupted => new DrillInterrupted('the drill was interrupted; everything is ended');
