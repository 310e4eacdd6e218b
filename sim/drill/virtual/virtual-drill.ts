import { tableView } from '../../../src/control/table-view.ts';
import type { Checked, Checker } from '../../checkers/checker.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import type { DrillRecord, EngineFacts, EpochSample, Sample, StatementsResult } from '../../report/drill-record.ts';
import type { OpenScenario } from '../../scenario/open-scenario.ts';
import type { Action } from '../../scenario/scenario.ts';
import type { World } from '../../world/world.ts';
import { missingForQuiet } from '../convergence.ts';
import { DrillLoad } from '../drill-load.ts';
import type { After } from '../drill-timer.ts';
import { FaultDesk } from '../fault-desk.ts';
import { OperatorDesk } from '../operator-desk.ts';
import { Timeline } from '../timeline.ts';
import { askAtEnd } from './ask-at-end.ts';
import { OperationWatch } from './operation-watch.ts';
import { virtualBooks } from './virtual-books.ts';
import { VirtualDoors } from './virtual-doors.ts';
import { VirtualFaultWorld } from './virtual-fault-world.ts';
import { VirtualOperator } from './virtual-operator.ts';
import { WorldDrive } from './world-drive.ts';

/** The fleet has this long to come up, and its doors to serve; then the drill's own time begins, in milliseconds of the world. */
const START_MS = 8_000;
export const BEGINS_AT_MS = 10_000;
const LOOK_MS = 100;
/** Whoever waits for a step looks this often, as a live drill does. */
const STEP_LOOK_MS = 40;

export interface VirtualDrillParts {
  readonly open: OpenScenario;
  readonly world: World;
  readonly fleet: Fleet;
  readonly engine: EngineFacts;
  readonly checkers: readonly Checker[];
  readonly rulesText: (rules: string) => string;
  readonly signal: AbortSignal;
}

/** One drill in virtual time: load, timeline, convergence, books; the statements are checked at each event, and at the end. */
export class VirtualDrill {
  readonly #parts: VirtualDrillParts;
  readonly #drive: WorldDrive;
  readonly #doors: VirtualDoors;
  readonly #load: DrillLoad;
  readonly #watch: OperationWatch;
  readonly #faultWorld: VirtualFaultWorld;
  readonly #faults: FaultDesk;
  readonly #operators: OperatorDesk;
  readonly #timeline: Timeline;
  readonly #epochs: EpochSample[] = [];
  readonly #checked: Checked;
  readonly #nowMs: () => number;
  #storeDownSince: number | null = null;

  constructor(parts: VirtualDrillParts) {
    this.#parts = parts;
    const { open, world, fleet, checkers, rulesText, signal } = parts;
    const { scenario, topology } = open;
    const rule = topology.shardRule;
    const after: After = (ms, fire) => {
      const event = world.schedule(ms, fire);
      return () => {
        event.run = null;
      };
    };
    const nowMs = (): number => world.now - BEGINS_AT_MS;
    this.#nowMs = nowMs;
    this.#drive = new WorldDrive(world, signal);
    this.#doors = new VirtualDoors(fleet, rule, after);
    this.#load = new DrillLoad({ scenario, rule, doors: this.#doors, nowMs, after });
    this.#watch = new OperationWatch({
      ...{ fleet, rule, nowMs },
      onStep: (step) => void after(STEP_LOOK_MS, () => this.#timeline.saw(step)),
    });
    this.#faultWorld = new VirtualFaultWorld({
      fleet,
      hasStoreProcesses: scenario.topology.store.kind === 'etcd',
      closeDoor: (name) => this.#doors.close(name),
      openDoor: (name) => this.#doors.open(name),
      unanswered: (name) => this.#doors.unansweredAt(name),
      after,
    });
    const tell = (words: string): void => world.note(-1, 'drill', words);
    this.#faults = new FaultDesk({ world: this.#faultWorld, nowMs, after, tell });
    const operator = new VirtualOperator({
      ...{ fleet, after, nowMs, rulesText, scenario: scenario.name },
      operationId: (operation) => this.#watch.follower.idOf(operation),
      view: (id) => this.#watch.view(id),
    });
    this.#operators = new OperatorDesk({
      run: (command) => operator.run(command),
      killNow: () => operator.killNow(),
      nowMs,
      after,
    });
    this.#timeline = new Timeline(scenario.timeline, (action) => this.#act(action), after);
    this.#checked = {
      fleet,
      crowd: this.#doors,
      calmSince: () => this.#faultWorld.calmSince,
      storeDownSince: () => this.#storeDownSince,
    };
    for (const checker of checkers)
      checker.watch(this.#checked, (detail, shard) => world.violate(checker.name, checker.sentence, detail, shard));
    fleet.facts.on('guardChanged', ({ gateway, after: table }) => {
      if (table !== null) this.#epoch(gateway.process.id, table.epoch);
    });
  }

  /** Rejects for a bug of the simulator, and with DrillInterrupted. */
  async run(): Promise<DrillRecord> {
    const { open, fleet, world, checkers } = this.#parts;
    const { scenario } = open;
    this.#lookAtStore();
    fleet.start();
    await this.#drive.until(START_MS);
    await this.#drive.await(this.#load.warm());
    if (world.now > BEGINS_AT_MS) throw new Error(`the fleet did not serve within ${BEGINS_AT_MS} virtual ms`);
    await this.#drive.until(BEGINS_AT_MS);
    this.#begin();
    await this.#drive.until(BEGINS_AT_MS + scenario.durationMs);
    const loadEndedMs = this.#nowMs();
    this.#faults.endAll();
    const settleEnds = world.now + scenario.settleMs;
    await this.#drive.await(Promise.all([this.#load.stop(), this.#timeline.end()]));
    await this.#drive.await(this.#operators.settle(Math.max(0, settleEnds - world.now)));
    const { convergedMs, missing } = await this.#converge(settleEnds);
    const owners = this.#owners();
    const { drive, doors } = { drive: this.#drive, doors: this.#doors };
    const books = await virtualBooks({
      fleet,
      doors,
      drive,
      book: this.#load.book,
      owners,
      rule: open.topology.shardRule,
    });
    const samples = this.#samples();
    const broken = this.#broken();
    await askAtEnd({ drive, world, checkers, checked: this.#checked, healAll: () => this.#faultWorld.healAll() });
    return {
      ...{ format: 1, scenario: scenario.name, engine: this.#engine(), loadEndedMs, convergedMs, missing },
      ...{ books, owners, samples, broken, statements: this.#statements() },
    };
  }

  #broken(): string | null {
    if (this.#drive.isOver) return 'it ended when a statement was violated; the rest is of the time before';
    return this.#timeline.broken.length === 0 ? null : this.#timeline.broken.join('; ');
  }

  #statements(): StatementsResult {
    const { world, checkers } = this.#parts;
    const [first = null] = world.violations;
    const violated = first === null ? null : { ...first, atMs: first.atMs - BEGINS_AT_MS };
    return { checked: checkers.length, violated };
  }

  #begin(): void {
    const { world, fleet } = this.#parts;
    this.#epochs.length = 0;
    for (const { process, core } of fleet.gateways) this.#epoch(process.id, core.routing.current?.table.epoch ?? 0);
    world.note(-1, 'drill', 'the load begins');
    this.#load.start();
    this.#timeline.start(0);
  }

  async #act(action: Action): Promise<void> {
    if (action.kind !== 'operate') return this.#faults.do(action);
    this.#parts.world.note(-1, 'drill', `ldc ${action.command.text}`);
    this.#operators.type(action.command, action.expect);
  }

  #epoch(process: string, epoch: number): void {
    if (this.#epochs.findLast((sample) => sample.process === process)?.epoch === epoch) return;
    this.#epochs.push({ kind: 'epoch', atMs: this.#nowMs(), process, epoch });
  }

  #lookAtStore(): void {
    const { fleet, world } = this.#parts;
    if (fleet.store.leader !== null) this.#storeDownSince = null;
    else this.#storeDownSince ??= world.now;
    world.schedule(500, () => this.#lookAtStore());
  }

  async #converge(
    until: number,
  ): Promise<{ readonly convergedMs: number | null; readonly missing: readonly string[] }> {
    const { world } = this.#parts;
    for (;;) {
      const missing = this.#missing();
      if (missing.length === 0) return { convergedMs: this.#nowMs(), missing };
      if (world.now >= until || this.#drive.isOver) return { convergedMs: null, missing };
      await this.#drive.until(world.now + LOOK_MS);
    }
  }

  #missing(): string[] {
    const { fleet } = this.#parts;
    const { table } = fleet.history;
    const living = fleet.gateways.filter(({ process }) => process.isUp);
    const gateways = new Map(
      living.map(({ process, core }) => [process.id, core.routing.current?.table.epoch ?? null] as const),
    );
    const operations = { operations: this.#watch.views, leader: null };
    return missingForQuiet({ table: table === null ? null : tableView(table), operations, gateways });
  }

  #owners(): DrillRecord['owners'] {
    const { table } = this.#parts.fleet.history;
    const runs = table === null ? [] : tableView(table).shards;
    return runs.map(({ shards, owner, primary }) => ({ shards, unit: owner ?? '', dataCenter: primary ?? '' }));
  }

  #samples(): readonly Sample[] {
    const requests = this.#load.samples.map(({ requestIds, ...sample }): Sample => {
      const wasHeld = sample.outcome === 'served' && requestIds.some((id) => this.#doors.held.has(id));
      return wasHeld ? { ...sample, outcome: 'held' } : sample;
    });
    const others = [this.#epochs, this.#watch.follower.samples, this.#faults.samples, this.#operators.samples];
    return [...requests, ...others.flat()].sort((a, b) => a.atMs - b.atMs);
  }

  #engine(): EngineFacts {
    const { world, engine } = this.#parts;
    const machine = `${world.processes.length - 1} processes, ${world.turns} events, trace ${world.trace.hash}`;
    return { ...engine, machine };
  }
}
