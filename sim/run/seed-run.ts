import { decodeOperation, OPERATION_PREFIX } from '../../src/control/records/operation-record.ts';
import type { Operation } from '../../src/core/operation/operation.ts';
import type { TopologyDocument } from '../../src/core/topology-document.ts';
import { allCheckers } from '../checkers/all-checkers.ts';
import type { Checked, Checker } from '../checkers/checker.ts';
import { missingForQuiet } from '../checkers/quiet-at-last.ts';
import { drawFaults } from '../faults/draw-faults.ts';
import { FaultDesk } from '../faults/fault-desk.ts';
import { Fleet } from '../fleet/fleet.ts';
import { Crowd } from '../load/crowd.ts';
import { Operators } from '../load/operators.ts';
import { drawCommands } from '../load/planned-command.ts';
import { RandomStream } from '../world/random-stream.ts';
import type { TraceLine } from '../world/trace.ts';
import { type Violation, World } from '../world/world.ts';
import { NotDeterministic } from './not-deterministic.ts';
import type { Counts, RunCounts } from './run-counts.ts';

export interface SeedOptions {
  readonly seed: number;
  readonly topology: TopologyDocument;
  /** Virtual time with faults, ms; default 60,000. */
  readonly faultsMs?: number;
  readonly requestsPerSecond?: number;
  /** IDs of faults and commands that are left out, for shrinking. */
  readonly without?: ReadonlySet<string>;
  readonly print?: (line: TraceLine) => void;
  readonly checkers?: () => readonly Checker[];
  /** Only tells what is planned. */
  readonly isPlanOnly?: boolean;
}

export interface SeedResult extends RunCounts {
  readonly seed: number;
  readonly hash: string;
  readonly violation: Violation | null;
  readonly commands: Counts;
  /** IDs of all that was planned and not left out, in order of time. */
  readonly planned: readonly string[];
  /** The last lines about the violation's shard. */
  readonly lines: readonly TraceLine[];
}

/** The fleet has this long to come up before anything goes wrong. */
const START_MS = 4_000;
/** After the faults everything must be quiet within this much virtual time. */
export const SETTLE_MS = 180_000;
const SETTLE_LOOK_MS = 1_000;
/** Then nobody finds anything missing for this long. */
const QUIET_MS = 3_000;
const LINES_TOLD = 60;

/** Carries a seed out: faults on, then healed; the first statement that does not hold ends it. Rejects for a bug of the simulator. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const isTold = options.print !== undefined;
  const result = await carryOut(options, isTold);
  // Next to no world needs its lines: one that does is carried out again, and is the same.
  if (result.violation === null || isTold) return result;
  const again = await carryOut(options, true);
  if (again.hash !== result.hash) throw new NotDeterministic(options.seed, result, again);
  return again;
}

async function carryOut(options: SeedOptions, keepsLines: boolean): Promise<SeedResult> {
  const scene = setUp(options, keepsLines);
  const { world, crowd, desk, operators } = scene;
  const faultsMs = options.faultsMs ?? 60_000;
  if (options.isPlanOnly === true) return resultOf(scene);
  await world.runUntil(START_MS);
  crowd.start();
  await world.runUntil(START_MS + faultsMs);
  if (world.violations.length === 0) {
    world.note(-1, 'fault', 'all faults are over');
    desk.heal();
    operators.takeCare();
    crowd.stop();
    await settle(scene);
  }
  return resultOf(scene);
}

interface Scene {
  readonly world: World;
  readonly fleet: Fleet;
  readonly crowd: Crowd;
  readonly desk: FaultDesk;
  readonly operators: Operators;
  readonly checkers: readonly Checker[];
  readonly checked: Checked;
  readonly planned: readonly string[];
}

function setUp(
  { seed, topology, faultsMs = 60_000, requestsPerSecond = 25, without, print, checkers }: SeedOptions,
  keepsLines: boolean,
): Scene {
  const world = new World({ seed, print: print ?? null, keepsLines });
  const fleet = new Fleet(world, { topology: withLimits(seed, topology), ...drawShape(seed) });
  const shards = drawShards(seed);
  const crowd = new Crowd(fleet, { requestsPerSecond, writeShare: 0.4, shards });
  const desk = new FaultDesk(fleet);
  const operators = new Operators(fleet, shards);
  const isKept = ({ id }: { readonly id: string }): boolean => without?.has(id) !== true;
  const later = <T extends { readonly atMs: number }>(each: T): T => ({ ...each, atMs: each.atMs + START_MS });
  const faults = drawFaults(seed, faultsMs).map(later).filter(isKept);
  const commands = drawCommands(seed, faultsMs).map(later).filter(isKept);
  const checked: Checked = {
    fleet,
    crowd,
    calmSince: () => desk.calmSince,
    storeDownSince: () => downSince,
  };
  let downSince: number | null = null;
  const look = (): void => {
    if (fleet.store.leader !== null) downSince = null;
    else downSince ??= world.now;
    world.schedule(500, look);
  };
  look();
  const own = checkers?.() ?? allCheckers();
  for (const checker of own)
    checker.watch(checked, (detail, shard) => world.violate(checker.name, checker.sentence, detail, shard));
  fleet.start();
  desk.schedule(faults);
  operators.schedule(commands);
  const planned = [...faults, ...commands].sort((left, right) => left.atMs - right.atMs).map(({ id }) => id);
  return { world, fleet, crowd, desk, operators, checkers: own, checked, planned };
}

/** What a seed's fleet is: one or two gateways a data center, when writes are acknowledged. */
function drawShape(seed: number) {
  const random = new RandomStream(seed, 'shape');
  const acknowledge = random.pick(['local', 'local', 'same-city', 'same-city', 'remote'] as const);
  return {
    gatewaysPerDataCenter: random.chance(0.25) ? 2 : 1,
    controls: random.chance(0.7) ? 2 : 3,
    storeMembers: ['hz-a', 'sh-a', 'sz-a'],
    acknowledge,
    haveOneName: random.chance(0.8),
  };
}

/** In some worlds requests have less time than a slow cell takes. */
function withLimits(seed: number, topology: TopologyDocument): TopologyDocument {
  const random = new RandomStream(seed, 'limits');
  if (!random.chance(0.3)) return topology;
  const requestMs = Math.round(random.between(1_500, 8_000));
  const routes = topology.routes.map((route) => ({ ...route, timeouts: { ...route.timeouts, requestMs } }));
  return { ...topology, routes };
}

/** Few shards, so that each of them sees much. */
function drawShards(seed: number): number[] {
  const random = new RandomStream(seed, 'shards');
  const shards = new Set<number>();
  while (shards.size < 7) shards.add(random.below(100));
  return [...shards, 100];
}

async function settle(scene: Scene): Promise<void> {
  const { world, checkers, checked } = scene;
  const end = world.now + SETTLE_MS;
  let quietFrom: number | null = null;
  let missing: string[] = ['time'];
  while (world.now < end && world.violations.length === 0) {
    await world.runUntil(world.now + SETTLE_LOOK_MS);
    missing = missingForQuiet(checked);
    if (missing.length > 0) quietFrom = null;
    else quietFrom ??= world.now;
    if (quietFrom !== null && world.now - quietFrom >= QUIET_MS) break;
  }
  if (world.violations.length > 0) return;
  for (const checker of checkers) {
    const problems = checker.atEnd?.(checked) ?? [];
    if (problems.length === 0) continue;
    const shard = /^shard (\d\d)/.exec(problems[0] ?? '')?.[1];
    const more = problems.length > 5 ? ` and ${problems.length - 5} more` : '';
    world.violate(
      checker.name,
      checker.sentence,
      problems.slice(0, 5).join('; ') + more,
      shard === undefined ? -1 : Number(shard),
    );
    return;
  }
}

function resultOf({ world, fleet, crowd, desk, operators, planned }: Scene): SeedResult {
  const [violation = null] = world.violations;
  const lines = violation === null ? [] : world.trace.about(violation.shard, LINES_TOLD);
  return {
    seed: world.seed,
    hash: world.trace.hash,
    violation,
    virtualMs: world.now,
    turns: world.turns,
    requests: crowd.requests,
    faults: Object.fromEntries(desk.counts),
    operations: operationsOf(fleet),
    answers: Object.fromEntries(crowd.outcomes),
    commands: Object.fromEntries(operators.outcomes),
    planned,
    lines,
  };
}

/** Operations by kind and outcome. */
function operationsOf(fleet: Fleet): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { key, value } of fleet.store.truth.snapshot(OPERATION_PREFIX).entries) {
    const { kind, outcome }: Operation = decodeOperation(key, value);
    const name = `${kind} ${outcome?.kind ?? 'open'}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
