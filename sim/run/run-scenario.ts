import { verdictLine } from '../report/judge.ts';
import { type OpenScenario, openScenario } from '../scenario/open-scenario.ts';
import type { ScenarioResult, ScenarioWork } from './scenario-worker.ts';
import { runPool } from './seed-pool.ts';

export interface ScenarioRun {
  /** Name or file. */
  readonly scenario: string;
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  /** Goes on after a seed that failed. */
  readonly keepsGoing: boolean;
  readonly write: (text: string) => void;
  /** Ctrl-C: no seed is begun any more. */
  readonly signal: AbortSignal;
}

const PROGRESS_MS = 2_000;
/** Seeds whose verdicts are told. */
const MOST_TOLD = 5;

/**
 * Carries one scenario out with many seeds in virtual time: chance in network, order and processes is another each time, faults and
 * load are the document's. Resolves to whether every claim and every statement held. Throws CLI_USAGE for a scenario that cannot be used.
 */
export async function runScenario(run: ScenarioRun): Promise<boolean> {
  const { scenario, from, seeds, jobs, keepsGoing, write, signal } = run;
  const { scenario: document }: OpenScenario = openScenario(scenario);
  write(`${document.name}: ${document.title}\n`);
  const begun = performance.now();
  const stop = new AbortController();
  const results: ScenarioResult[] = [];
  let told = begun;
  const ended = (result: ScenarioResult): void => {
    results.push(result);
    if (result.broken.length > 0 && !keepsGoing) stop.abort();
    const now = performance.now();
    if (now - told < PROGRESS_MS) return;
    told = now;
    write(`${results.length}/${seeds} seeds, ${failedOf(results).length} failed\n`);
  };
  const worker = new URL('./scenario-worker.ts', import.meta.url);
  const data: ScenarioWork = { scenario };
  await runPool({ worker, data, from, seeds, jobs, ended, signal: AbortSignal.any([stop.signal, signal]) });
  write(scenarioSummary(scenario, results, performance.now() - begun));
  return failedOf(results).length === 0;
}

const failedOf = (results: readonly ScenarioResult[]): ScenarioResult[] =>
  results.filter(({ broken }) => broken.length > 0).sort((left, right) => left.seed - right.seed);

/** What many seeds of a scenario came to, in lines; `tookMs` of real time. Pure. */
export function scenarioSummary(scenario: string, results: readonly ScenarioResult[], tookMs: number): string {
  const sum = (of: (result: ScenarioResult) => number): number => results.reduce((all, each) => all + of(each), 0);
  const failed = failedOf(results);
  const virtualMs = sum(({ virtualMs: ms }) => ms);
  const lines = [
    `${results.length} seeds, ${(virtualMs / 3_600_000).toFixed(2)} virtual hours in ${(tookMs / 1000).toFixed(1)} s`,
    `${sum(({ requests }) => requests)} requests of clients, ${sum(({ turns }) => turns)} events`,
  ];
  for (const { seed, broken } of failed.slice(0, MOST_TOLD)) {
    lines.push(`FAILED with seed ${seed}; again: ldc drill ${scenario} --seed ${seed}`);
    for (const verdict of broken) lines.push(`  ${verdictLine('BROKEN', verdict)}`);
  }
  if (failed.length > MOST_TOLD) lines.push(`… and ${failed.length - MOST_TOLD} more seeds`);
  lines.push(
    failed.length === 0
      ? 'every claim of the scenario held, and no statement was violated'
      : `FAILED: ${failed.length} of ${results.length} seeds (${failed.map(({ seed }) => seed).join(', ')})`,
    '',
  );
  return lines.join('\n');
}
