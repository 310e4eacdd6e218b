import type { ShardRule } from '../../src/core/topology-document.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type {
  BooksResult,
  CommandSample,
  DrillRecord,
  EngineFacts,
  FaultSample,
  OperationEndSample,
  RequestSample,
  StepSample,
} from './drill-record.ts';
import { type EpochView, epochViews } from './epoch-view.ts';
import { allowanceOf, judge, type Verdict } from './judge.ts';
import { type Lane, lanes } from './lane.ts';
import { type RequestFigures, recoveredMs, requestFigures } from './request-figures.ts';

/** Everything that a report shows, as the JSON file has it. */
export interface ReportView {
  readonly format: 1;
  readonly scenario: {
    readonly name: string;
    readonly title: string;
    readonly story: string;
    readonly topology: Scenario['topology'];
  };
  readonly engine: EngineFacts;
  readonly passed: boolean;
  readonly verdicts: readonly Verdict[];
  /** In each limit of time of the verdicts, for a live machine that does other things, too; ms. */
  readonly allowanceMs: number;
  readonly figures: readonly NamedFigures[];
  readonly lanes: readonly Lane[];
  /** From the first request to the last end of anything. */
  readonly spanMs: number;
  readonly loadEndedMs: number;
  readonly convergedMs: number | null;
  readonly faults: readonly FaultSample[];
  readonly commands: readonly CommandSample[];
  readonly steps: readonly StepSample[];
  readonly operationEnds: readonly OperationEndSample[];
  readonly epochs: readonly EpochView[];
  readonly failures: readonly FailureCount[];
  readonly books: BooksResult;
  readonly owners: DrillRecord['owners'];
}

export interface NamedFigures extends RequestFigures {
  readonly of: 'group' | 'dataCenter' | 'all';
  readonly name: string;
  /** RTO from the first fault; null: never, or there was no fault. */
  readonly recoveredMs: number | null;
}

export interface FailureCount {
  readonly group: string;
  readonly detail: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export function reportView(scenario: Scenario, rule: ShardRule, record: DrillRecord): ReportView {
  const { name, title, story, topology } = scenario;
  const { samples, engine, books, owners, loadEndedMs, convergedMs } = record;
  const requests = samples.filter((sample) => sample.kind === 'request');
  const faults = samples.filter((sample) => sample.kind === 'fault');
  const verdicts = judge(scenario, rule, record);
  const spanMs = samples.reduce(
    (most, sample) => Math.max(most, lastOf(sample)),
    Math.max(1, loadEndedMs, convergedMs ?? 0),
  );
  const groups = scenario.load.map(({ group }) => group);
  return {
    format: 1,
    scenario: { name, title, story, topology },
    engine,
    passed: verdicts.every(({ holds }) => holds),
    verdicts,
    allowanceMs: allowanceOf(scenario, record),
    figures: figuresOf(requests, groups, faults[0]?.atMs ?? null),
    lanes: lanes(requests, groups, spanMs),
    spanMs,
    loadEndedMs,
    convergedMs,
    faults,
    commands: samples.filter((sample) => sample.kind === 'command'),
    steps: samples.filter((sample) => sample.kind === 'step'),
    operationEnds: samples.filter((sample) => sample.kind === 'operationEnd'),
    epochs: epochViews(samples.filter((sample) => sample.kind === 'epoch')),
    failures: failuresOf(requests),
    books,
    owners,
  };
}

function lastOf(sample: DrillRecord['samples'][number]): number {
  if (sample.kind === 'request') return sample.atMs + sample.latencyMs;
  return sample.kind === 'command' ? sample.endedMs : sample.atMs;
}

function figuresOf(
  requests: readonly RequestSample[],
  groups: readonly string[],
  faultMs: number | null,
): NamedFigures[] {
  const figures = (of: NamedFigures['of'], name: string, some: readonly RequestSample[]): NamedFigures => ({
    of,
    name,
    ...requestFigures(some),
    recoveredMs: faultMs === null ? null : recoveredMs(some, faultMs),
  });
  const dataCenters = [...new Set(requests.map(({ dataCenter }) => dataCenter))].sort();
  return [
    figures('all', 'all', requests),
    ...groups.map((name) =>
      figures(
        'group',
        name,
        requests.filter(({ group }) => group === name),
      ),
    ),
    ...dataCenters.map((name) =>
      figures(
        'dataCenter',
        name,
        requests.filter(({ dataCenter }) => dataCenter === name),
      ),
    ),
  ];
}

const MOST_FAILURES = 40;

function failuresOf(requests: readonly RequestSample[]): readonly FailureCount[] {
  const counts = new Map<string, FailureCount>();
  for (const { outcome, group, detail, atMs } of requests) {
    if (outcome !== 'failed') continue;
    const key = JSON.stringify([group, detail]);
    const known = counts.get(key) ?? { group, detail, count: 0, firstMs: atMs, lastMs: atMs };
    counts.set(key, { ...known, count: known.count + 1, lastMs: Math.max(known.lastMs, atMs) });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count).slice(0, MOST_FAILURES);
}
