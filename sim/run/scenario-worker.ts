import { parentPort, workerData } from 'node:worker_threads';
import { runVirtual } from '../drill/virtual/run-virtual.ts';
import { judge, type Verdict } from '../report/judge.ts';
import { openScenario } from '../scenario/open-scenario.ts';

/** One of several that carry a scenario out with the seeds that they are told, one after the other. */
export interface ScenarioWork {
  /** Name or file. */
  readonly scenario: string;
}

/** What one seed came to. */
export interface ScenarioResult {
  readonly seed: number;
  readonly virtualMs: number;
  readonly turns: number;
  readonly requests: number;
  /** Claims and statements that did not hold. */
  readonly broken: readonly Verdict[];
}

const { scenario: name } = workerData as ScenarioWork;
const open = openScenario(name);

parentPort?.on('message', (seed: number) => {
  runOne(seed).then(
    (result) => parentPort?.postMessage({ seed, result }),
    (error: Error) => parentPort?.postMessage({ seed, error: error.stack ?? String(error) }),
  );
});

async function runOne(seed: number): Promise<ScenarioResult> {
  const { record, world } = await runVirtual(open, { seed, commit: '', startedAt: 0 });
  const verdicts = judge(open.scenario, open.topology.shardRule, record);
  const requests = record.samples.filter(({ kind }) => kind === 'request').length;
  const broken = verdicts.filter(({ holds }) => !holds);
  return { seed, virtualMs: world.now, turns: world.turns, requests, broken };
}
