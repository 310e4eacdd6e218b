import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VERSION } from '../../../src/app/version.ts';
import { allCheckers } from '../../checkers/all-checkers.ts';
import type { Checker } from '../../checkers/checker.ts';
import type { DrillRecord } from '../../report/drill-record.ts';
import type { OpenScenario } from '../../scenario/open-scenario.ts';
import type { TraceLine } from '../../world/trace.ts';
import { World } from '../../world/world.ts';
import { BEGINS_AT_MS, VirtualDrill } from './virtual-drill.ts';
import { virtualFleet } from './virtual-fleet.ts';

const LINES_TOLD = 30;

export interface VirtualRun {
  readonly seed: number;
  /** For the report. */
  readonly commit: string;
  /** Wall-clock ms since 1970; for the report. */
  readonly startedAt: number;
  /** Ends the drill early, with DrillInterrupted. */
  readonly signal?: AbortSignal;
  /** Default: all; new ones for each world. */
  readonly checkers?: () => readonly Checker[];
  /** Each line of what happens, by the drill's time. */
  readonly print?: (line: TraceLine) => void;
}

export interface VirtualEnd {
  readonly record: DrillRecord;
  readonly world: World;
  /** If a statement was violated: the last lines before that about its shard, by the drill's time. */
  readonly lines: readonly TraceLine[];
}

/**
 * Carries a scenario out in virtual time: what chance there is, in network, order and processes, comes from the seed, so the same
 * seed gives the same record. Rejects for a bug of the simulator, and with DrillInterrupted. Adapter: reads rulesets.
 */
export async function runVirtual(open: OpenScenario, run: VirtualRun): Promise<VirtualEnd> {
  const { seed, commit, startedAt, signal = new AbortController().signal, checkers = allCheckers, print } = run;
  const world = new World({ seed, print: print === undefined ? null : (line) => print(inDrillTime(line)) });
  const fleet = virtualFleet(world, open.topology, open.scenario.topology);
  const engine = { kind: 'virtual', commit, version: VERSION, seed, machine: '', startedAt, factor: 1 } as const;
  const rulesText = (rules: string): string => readFileSync(join(dirname(open.rulesFile), rules), 'utf8');
  const drill = new VirtualDrill({ open, world, fleet, engine, checkers: checkers(), rulesText, signal });
  const record = await drill.run();
  const [violation] = world.violations;
  const lines = violation === undefined ? [] : world.trace.about(violation.shard, LINES_TOLD).map(inDrillTime);
  return { record, world, lines };
}

const inDrillTime = (line: TraceLine): TraceLine => ({ ...line, at: line.at - BEGINS_AT_MS });
