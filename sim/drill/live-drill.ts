import { join } from 'node:path';
import type { BooksResult, DrillRecord, EngineFacts, Sample } from '../report/drill-record.ts';
import type { OpenScenario } from '../scenario/open-scenario.ts';
import type { Action, Scenario } from '../scenario/scenario.ts';
import { ControlLook, runningEpoch } from './control-look.ts';
import { missingForQuiet } from './convergence.ts';
import { Doors } from './doors.ts';
import { DrillInterrupted } from './drill-interrupted.ts';
import { DrillLoad } from './drill-load.ts';
import { waitBy } from './drill-timer.ts';
import { balanceCall, type DrillUser } from './drill-user.ts';
import { FaultDesk } from './fault-desk.ts';
import { heldRequests } from './held-requests.ts';
import { HurriedTimers } from './hurried-timers.ts';
import { checkBooks } from './ledger-books.ts';
import type { FiledAccount } from './ledger-file.ts';
import { LedgerShelf, ownerPlaces } from './ledger-shelf.ts';
import { LiveFaultWorld } from './live-fault-world.ts';
import type { LiveFleet } from './live-fleet.ts';
import { LiveOperator } from './live-operator.ts';
import { OperationFollower } from './operation-follower.ts';
import { OperatorDesk } from './operator-desk.ts';
import { Timeline } from './timeline.ts';
import { WorldWatch } from './world-watch.ts';

const LOOK_MS = 100;
/** A read of the books is repeated this long: a door may still be finding its way. */
const BOOK_READ_MS = 15_000;
const BOOKS_AT_ONCE = 16;
const BOOK_TRY_MS = 3_000;

export interface LiveDrillParts {
  readonly open: OpenScenario;
  /** Already scaled. */
  readonly scenario: Scenario;
  readonly fleet: LiveFleet;
  readonly engine: EngineFacts;
  readonly rulesFile: (rules: string) => string;
  readonly say: (line: string) => void;
}

/** One live drill on a fleet that runs: load, timeline, convergence, books. */
export class LiveDrill {
  readonly #parts: LiveDrillParts;
  readonly #doors: Doors;
  readonly #load: DrillLoad;
  readonly #look: ControlLook;
  readonly #follower: OperationFollower;
  readonly #faults: FaultDesk;
  readonly #operators: OperatorDesk;
  readonly #timeline: Timeline;
  readonly #watch: WorldWatch;
  readonly #timers = new HurriedTimers();
  #isClosed = false;
  #beganAt = 0;
  #beganWall = 0;

  constructor(parts: LiveDrillParts) {
    this.#parts = parts;
    const { open, scenario, fleet, rulesFile } = parts;
    const { layout, token, directory, program } = fleet;
    const nowMs = (): number => performance.now() - this.#beganAt;
    this.#doors = new Doors(layout.gateways);
    const { after } = this.#timers;
    this.#load = new DrillLoad({ scenario, rule: open.topology.shardRule, doors: this.#doors, nowMs, after });
    this.#look = new ControlLook(
      [...layout.controls.values()].map((port) => `http://127.0.0.1:${port}`),
      token,
    );
    this.#follower = new OperationFollower((wallMs) => wallMs - this.#beganWall);
    const controlLeader = (): string | null => this.#follower.leader;
    const world = new LiveFaultWorld({ fleet, topology: open.topology, controlLeader });
    this.#faults = new FaultDesk({ world, nowMs });
    const operationId = (operation: number): string | null => this.#follower.idOf(operation);
    const operator = new LiveOperator({ program, directory, scenario: scenario.name, rulesFile, operationId });
    const run = operator.run.bind(operator);
    this.#operators = new OperatorDesk({ run, killNow: () => operator.killNow(), nowMs });
    this.#timeline = new Timeline(scenario.timeline, (action) => this.#act(action));
    const gateways = (): ReadonlyMap<string, number> => this.#livingGateways();
    const onStep = this.#timeline.saw.bind(this.#timeline);
    this.#watch = new WorldWatch({ look: this.#look, follower: this.#follower, gateways, nowMs, onStep });
  }

  /** Rejects with DrillInterrupted, soon, after `close`. */
  async run(): Promise<DrillRecord> {
    const { scenario, say } = this.#parts;
    await this.#load.warm();
    this.#beganAt = performance.now();
    this.#beganWall = Date.now();
    say(`load runs for ${Math.round(scenario.durationMs / 1000)} s`);
    this.#watch.start();
    this.#load.start();
    this.#timeline.start(0);
    await this.#wait(scenario.durationMs);
    const loadEndedMs = performance.now() - this.#beganAt;
    this.#faults.endAll();
    await Promise.all([this.#load.stop(), this.#timeline.end()]);
    say('load has ended; waiting until all is quiet');
    const settleEnds = this.#beganAt + loadEndedMs + scenario.settleMs;
    await this.#operators.settle(Math.max(0, settleEnds - performance.now()));
    const { convergedMs, missing } = await this.#converge(settleEnds);
    await this.#watch.stop();
    const owners = await this.#owners();
    const books = await this.#books(owners);
    const record = {
      format: 1,
      scenario: scenario.name,
      engine: this.#parts.engine,
      loadEndedMs,
      convergedMs,
      missing,
    } as const;
    return { ...record, books, owners, samples: await this.#samples(), broken: this.#broken() };
  }

  /** Ends what holds this process, at whatever point the drill is: timers, commands, connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#faults.endAll();
    const timeline = this.#timeline.end();
    this.#operators.killNow();
    const load = this.#load.stop();
    this.#timers.hurry();
    await Promise.all([this.#doors.close(), this.#watch.stop(), timeline, load]);
  }

  async #wait(ms: number): Promise<void> {
    await waitBy(this.#timers.after, ms);
    if (this.#isClosed) throw new DrillInterrupted('the drill was interrupted');
  }

  async #act(action: Action): Promise<void> {
    if (action.kind !== 'operate') return this.#faults.do(action);
    this.#parts.say(`ldc ${action.command.text}`);
    if (!this.#isClosed) this.#operators.type(action.command, action.expect);
  }

  #livingGateways(): ReadonlyMap<string, number> {
    const { fleet } = this.#parts;
    const living = fleet.layout.gateways.filter(({ node }) => fleet.isRunning(node));
    return new Map(living.map(({ node, admin }) => [node, admin]));
  }

  async #converge(
    until: number,
  ): Promise<{ readonly convergedMs: number | null; readonly missing: readonly string[] }> {
    for (;;) {
      const [table, operations] = await Promise.all([this.#look.table(), this.#look.operations()]);
      const living = [...this.#livingGateways()];
      const epochs = await Promise.all(living.map(([, admin]) => runningEpoch(admin)));
      const gateways = new Map(living.map(([node], index) => [node, epochs[index] ?? null]));
      const missing = missingForQuiet({ table, operations, gateways });
      if (missing.length === 0) return { convergedMs: performance.now() - this.#beganAt, missing };
      if (performance.now() > until) return { convergedMs: null, missing };
      await this.#wait(LOOK_MS);
    }
  }

  /** Balances as a door answers them, then the owners' files: their processes have to end for that. */
  async #books(owners: DrillRecord['owners']): Promise<BooksResult> {
    const { fleet, open, say } = this.#parts;
    say('checking the books');
    const balances = await this.#doorBalances();
    await fleet.stopCells();
    const ledgers = new LedgerShelf(fleet.directory);
    try {
      const placeOf = ownerPlaces(open.topology.shardRule, owners);
      return checkBooks({
        book: this.#load.book,
        ledgerOf: (shard) => ledgers.of(placeOf(shard)),
        doorBalanceOf: ({ userId }) => balances.get(userId) ?? null,
      });
    } finally {
      ledgers.close();
    }
  }

  async #doorBalances(): Promise<ReadonlyMap<string | null, FiledAccount | null>> {
    const queue = [...this.#load.book.users];
    const balances = new Map<string | null, FiledAccount | null>();
    const worker = async (): Promise<void> => {
      for (let user = queue.pop(); user !== undefined; user = queue.pop())
        balances.set(user.userId, await this.#doorBalance(user));
    };
    await Promise.all(Array.from({ length: BOOKS_AT_ONCE }, worker));
    return balances;
  }

  async #doorBalance(user: DrillUser): Promise<FiledAccount | null> {
    const { fleet } = this.#parts;
    const until = performance.now() + BOOK_READ_MS;
    const living = fleet.layout.gateways.filter(({ node }) => fleet.isRunning(node));
    for (let turn = 0; ; turn += 1) {
      const dataCenter = living[turn % living.length]?.dataCenter ?? '';
      const answer = await this.#doors.call({ ...balanceCall(user), dataCenter, timeoutMs: BOOK_TRY_MS });
      if (answer.kind === 'answer' && answer.status === 200) return JSON.parse(answer.body) as FiledAccount;
      if (performance.now() > until) return null;
      await this.#wait(LOOK_MS);
    }
  }

  async #samples(): Promise<readonly Sample[]> {
    const { fleet } = this.#parts;
    const logs = fleet.layout.gateways.map(({ node }) => join(fleet.directory, 'logs', `${node}.log`));
    const held = await heldRequests(logs);
    const requests = this.#load.samples.map(({ requestIds, ...sample }): Sample => {
      const wasHeld = sample.outcome === 'served' && requestIds.some((id) => held.has(id));
      return wasHeld ? { ...sample, outcome: 'held' } : sample;
    });
    const others = [this.#watch.epochs, this.#follower.samples, this.#faults.samples, this.#operators.samples];
    return [...requests, ...others.flat()].sort((a, b) => a.atMs - b.atMs);
  }

  async #owners(): Promise<DrillRecord['owners']> {
    const table = await this.#look.table();
    return (table?.shards ?? []).map(({ shards, owner, primary }) => ({
      shards,
      unit: owner ?? '',
      dataCenter: primary ?? '',
    }));
  }

  #broken(): string | null {
    const problems = [...this.#timeline.broken, ...this.#parts.fleet.surprises];
    return problems.length === 0 ? null : problems.join('; ');
  }
}
