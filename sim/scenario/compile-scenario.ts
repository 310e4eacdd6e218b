import { parseShards } from '../../src/control/operations/shard-runs.ts';
import type { TopologyDocument } from '../../src/core/topology-document.ts';
import { CodedError } from '../../src/errors.ts';
import type { RulesetOf } from './parse-scenario.ts';
import { readClaims } from './read-claims.ts';
import { type ScenarioNames, scenarioNames } from './read-target.ts';
import { readTimeline } from './read-timeline.ts';
import type { LiveForm, LoadGroup, Scenario, ScenarioStore, ScenarioTopology, TimelineEntry } from './scenario.ts';
import type { ScenarioMistakes } from './scenario-mistakes.ts';
import type { LiveValue, LoadValue, ScenarioValue, TopologyValue } from './scenario-value.ts';

const DEFAULT_TOPOLOGY: TopologyValue = {
  controls: 1,
  gatewaysPerDataCenter: 1,
  guardHorizonMs: 1_500,
  acknowledge: 'remote',
};
const DEFAULT_CLIENTS = { timeoutMs: 8_000, retries: 3, retryMs: 200 };
const DEFAULT_LIVE: LiveValue = { possible: true, allowanceMs: 3_000 };

/** A document whose schema holds, with its names checked against the ruleset. Null: the mistakes say why. */
export function compileScenario(
  value: ScenarioValue,
  name: string,
  rulesetOf: RulesetOf,
  mistakes: ScenarioMistakes,
): { readonly scenario: Scenario; readonly topology: TopologyDocument } | null {
  const given = value.topology ?? DEFAULT_TOPOLOGY;
  const rules = given.rules ?? 'three-cities.yaml';
  const document = rulesetOf(rules);
  if (typeof document === 'string') {
    mistakes.add(['topology', 'rules'], document);
    return null;
  }
  const names = scenarioNames(document, { ...given, members: given.store?.members?.length ?? 0 });
  const store = readStore(given, names, mistakes);
  const load = value.load.map((each, index) => readLoad(each, index, document, names, mistakes));
  const timeline = readTimeline(value.timeline, names, mistakes);
  checkOrder(timeline, value.durationMs, mistakes);
  const units = document.units.map(({ id }) => id);
  const shardsProblem = (shards: string): string | null => problemOfShards(document, shards);
  const must = readClaims(value.must, { load, timeline, units, shardsProblem }, mistakes);
  const { title, story, durationMs, settleMs, clients = DEFAULT_CLIENTS } = value;
  const topology = readTopology(given, rules, store);
  const live = readLive(value.live ?? DEFAULT_LIVE, timeline, mistakes);
  const scenario = { name, title, story, topology, load, clients, timeline, durationMs, settleMs, must, live };
  return { scenario, topology: document };
}

function readTopology(given: TopologyValue, rules: string, store: ScenarioStore): ScenarioTopology {
  const { controls, gatewaysPerDataCenter, guardHorizonMs, acknowledge, readsFormats = [1] } = given;
  return { rules, store, controls, gatewaysPerDataCenter, guardHorizonMs, acknowledge, readsFormats };
}

function readStore({ store }: TopologyValue, names: ScenarioNames, mistakes: ScenarioMistakes): ScenarioStore {
  const members = store?.members ?? [];
  if (store?.kind !== 'etcd') {
    if (members.length > 0) mistakes.add(['topology', 'store', 'members'], 'an embedded store has no members');
    return { kind: 'embedded' };
  }
  if (members.length === 0) mistakes.add(['topology', 'store'], 'an etcd store needs members: a data center for each');
  members.forEach((id, index) => {
    if (names.dataCenters.includes(id)) return;
    mistakes.add(['topology', 'store', 'members', index], `data center ${id} is not in the ruleset`);
  });
  return { kind: 'etcd', members };
}

function readLoad(
  value: LoadValue,
  index: number,
  document: TopologyDocument,
  names: ScenarioNames,
  mistakes: ScenarioMistakes,
): LoadGroup {
  const { through = names.dataCenters, untilMs = null } = value;
  const problem = problemOfShards(document, value.shards);
  if (problem !== null) mistakes.add(['load', index, 'shards'], problem);
  for (const id of through)
    if (!names.dataCenters.includes(id))
      mistakes.add(['load', index, 'through'], `data center ${id} is not in the ruleset`);
  if (through.length === 0) mistakes.add(['load', index, 'through'], 'must name at least one data center');
  if (document.shardRule.name !== 'digits/1')
    mistakes.add(['load', index, 'shards'], 'user IDs are made for the digits rule only; take a ruleset with digits');
  return { ...value, through, untilMs };
}

function problemOfShards(document: TopologyDocument, shards: string): string | null {
  try {
    parseShards(document.shardRule, shards);
    return null;
  } catch (error) {
    if (error instanceof CodedError) return error.detail;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Entries at an instant must come in order, so that the document reads as it happens. */
function checkOrder(timeline: readonly TimelineEntry[], durationMs: number, mistakes: ScenarioMistakes): void {
  let lastMs = 0;
  timeline.forEach(({ when }, index) => {
    if (when.kind !== 'at') return;
    if (when.atMs < lastMs) mistakes.add(['timeline', index, 'atMs'], `${when.atMs} comes after ${lastMs}`);
    if (when.atMs > durationMs)
      mistakes.add(['timeline', index, 'atMs'], `${when.atMs} is after the end, ${durationMs}`);
    lastMs = Math.max(lastMs, when.atMs);
  });
}

function readLive(live: LiveValue, timeline: readonly TimelineEntry[], mistakes: ScenarioMistakes): LiveForm {
  const { possible, factor, because, allowanceMs } = live;
  if ((!possible || factor !== undefined) && because === undefined) mistakes.add(['live'], 'must say because');
  if (!possible) return { kind: 'no', because: because ?? '' };
  const jump = timeline.findIndex(({ action }) => action.kind === 'jump');
  if (jump >= 0) mistakes.add(['timeline', jump, 'jump'], 'a clock cannot jump live: say live: {possible: false}');
  if (factor !== undefined) return { kind: 'scaled', factor, because: because ?? '', allowanceMs };
  return { kind: 'same', allowanceMs };
}
