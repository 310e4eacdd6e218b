import type { Acknowledges } from '../../src/control/operations/gate-calls.ts';
import type { OperationSettings } from '../../src/control/operations/operation-settings.ts';
import { auditKey, encodeAudit, makeAudit } from '../../src/control/records/audit-record.ts';
import type { Incarnation } from '../../src/core/ids.ts';
import { firstTable, type Table } from '../../src/core/table.ts';
import type { TopologyDocument } from '../../src/core/topology-document.ts';
import type { GatewayCoreSettings } from '../../src/gateway/gateway-core.ts';
import type { ReplicationSettings } from '../../src/reference-unit/process-options.ts';
import { chunkKey, decodeHead, encodeHead, HEAD_KEY } from '../../src/store/records/head-record.ts';
import { decodeTable, encodeTable } from '../../src/store/records/table-record.ts';
import { asPresentFormat } from '../store/next-version-session.ts';
import type { Commit } from '../store/sim-store.ts';
import { StoreCluster } from '../store/store-cluster.ts';
import { Network } from '../world/network.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { World } from '../world/world.ts';
import { FactFeed } from './facts.ts';
import { ShardHistory } from './shard-history.ts';
import { SimCells } from './sim-cells.ts';
import { SimControl } from './sim-control.ts';
import { GATEWAY_SETTINGS, SimGateway } from './sim-gateway.ts';

export interface FleetOptions {
  readonly topology: TopologyDocument;
  readonly gatewaysPerDataCenter: number;
  readonly controls: number;
  /** The gateways of a data center run under one name, as after a copied configuration. */
  readonly haveOneName?: boolean;
  /** Data centers of the store's members. */
  readonly storeMembers: readonly string[];
  /** When the ledger acknowledges a write. */
  readonly acknowledge: Acknowledges;
  readonly gateway?: Partial<GatewayCoreSettings>;
  readonly operations?: Partial<OperationSettings>;
  readonly replication?: Partial<ReplicationSettings>;
}

const INCARNATION = 'simulated-life' as Incarnation;

/** Every process of a realm, wired as in production, on one world; and the verbs that faults and scenarios are made of. */
export class Fleet {
  readonly world: World;
  readonly network: Network;
  readonly facts = new FactFeed();
  readonly history = new ShardHistory();
  readonly store: StoreCluster;
  readonly gateways: readonly SimGateway[];
  readonly controls: readonly SimControl[];
  readonly cells: ReadonlyMap<string, SimCells>;
  readonly topology: TopologyDocument;
  readonly options: FleetOptions;
  /** Clients and operators. */
  readonly people: SimProcess;
  /** Share of gate calls that arrive twice. */
  readonly twice = { share: 0 };
  /** Share of calls between ledgers that arrive twice, the second time late. */
  readonly peersTwice = { share: 0 };
  readonly #gatewaysOf = new Map<string, readonly SimGateway[]>();
  readonly #byId = new Map<string, { start(): void; died?(): void }>();

  constructor(world: World, options: FleetOptions) {
    this.world = world;
    this.options = options;
    const { topology, gatewaysPerDataCenter, controls, storeMembers } = options;
    this.topology = topology;
    const dataCenters = topology.cities.flatMap((city) => city.dataCenters);
    const cityOf = new Map(topology.cities.flatMap(({ id, dataCenters: own }) => own.map((name) => [name, id])));
    const size = dataCenters.length * (gatewaysPerDataCenter + 1) + controls + storeMembers.length + 1;
    this.network = new Network(world, { cityOf: (name) => cityOf.get(name) ?? '' }, size);
    this.people = world.addProcess('people', 'people', dataCenters[0] ?? '');
    this.store = this.#makeStore(storeMembers);
    this.cells = this.#makeCells(dataCenters);
    this.gateways = dataCenters.flatMap((name) =>
      Array.from({ length: gatewaysPerDataCenter }, (_, index) => this.#makeGateway(name, index + 1)),
    );
    for (const name of dataCenters)
      this.#gatewaysOf.set(
        name,
        this.gateways.filter((gateway) => gateway.dataCenter === name),
      );
    this.controls = Array.from({ length: controls }, (_, index) =>
      this.#makeControl(index + 1, dataCenters[index % dataCenters.length] ?? ''),
    );
  }

  get dataCenters(): readonly string[] {
    return this.topology.cities.flatMap((city) => city.dataCenters);
  }

  /** Puts the first table on record and starts every process. */
  start(): void {
    this.#putFirstTable();
    for (const { start } of [...this.cells.values(), ...this.gateways, ...this.controls].map((each) => ({
      start: () => each.start(),
    })))
      start();
  }

  /** Throws for a name that no process has. */
  process(id: string): SimProcess {
    const found = this.world.processes.find((process) => process.id === id);
    if (found === undefined) throw new Error(`no process ${id} in this fleet`);
    return found;
  }

  /** Gateways, cells and store members of a data center. */
  processesOf(dataCenter: string): readonly SimProcess[] {
    return this.world.processes.filter(
      (each) => each.dataCenter === dataCenter && each.kind !== 'people' && each.kind !== 'control',
    );
  }

  gatewaysOf(dataCenter: string): readonly SimGateway[] {
    return this.#gatewaysOf.get(dataCenter) ?? [];
  }

  kill(process: SimProcess, isPowerCut = false): void {
    if (!process.isUp) return;
    this.world.note(-1, process.id, isPowerCut ? 'loses power' : 'is killed');
    process.kill();
    this.#byId.get(process.id)?.died?.();
    const gateway = this.gateways.find((each) => each.process === process);
    if (isPowerCut) gateway?.disk.powerCut();
  }

  restart(process: SimProcess): void {
    if (process.isUp) return;
    this.world.note(-1, process.id, 'is started');
    process.revive();
    this.#byId.get(process.id)?.start();
  }

  pause(process: SimProcess, isMachine = false): void {
    if (!process.isRunning) return;
    this.world.note(-1, process.id, isMachine ? 'is suspended with its machine' : 'is paused');
    process.pause(isMachine);
  }

  resume(process: SimProcess): void {
    if (!process.isPaused) return;
    this.world.note(-1, process.id, 'goes on');
    process.resume();
    const gateway = this.gateways.find((each) => each.process === process);
    const table = gateway?.guard.table ?? null;
    if (gateway !== undefined) this.facts.tell({ kind: 'guardChanged', gateway, before: null, after: table });
  }

  #makeStore(members: readonly string[]): StoreCluster {
    const processes = members.map((name, index) => this.world.addProcess(`store-${index + 1}`, 'store', name));
    const store = new StoreCluster(this.world, this.network, processes);
    store.onCommit((commit) => this.#committed(commit));
    return store;
  }

  #makeCells(dataCenters: readonly string[]): ReadonlyMap<string, SimCells> {
    const cells = new Map<string, SimCells>();
    const known = new Set<string>();
    const { world, network, facts, topology } = this;
    const { acknowledge, replication } = this.options;
    // A copy that a write needs and that is down refuses the write: only then is what the gates say of it true at all times.
    const settings = {
      acknowledge,
      whenCopyIsDown: 'refuse' as const,
      heartbeatMs: 1_000,
      freshMs: 1_800,
      ...replication,
    };
    for (const name of dataCenters) {
      const process = world.addProcess(`cells-${name}`, 'cells', name);
      const peer = (other: string): SimCells | null => cells.get(other) ?? null;
      const own = new SimCells({
        world,
        network,
        process,
        topology,
        facts,
        replication: settings,
        peer,
        twice: this.peersTwice,
        dataCenters,
        known,
      });
      cells.set(name, own);
      this.#byId.set(process.id, own);
    }
    return cells;
  }

  #makeGateway(dataCenter: string, number: number): SimGateway {
    const { world, network, store, facts, topology } = this;
    const process = world.addProcess(`gateway-${dataCenter}-${number}`, 'gateway', dataCenter);
    const cells = this.cells.get(dataCenter);
    if (cells === undefined) throw new Error(`no cells in ${dataCenter}`);
    const settings = { ...GATEWAY_SETTINGS, ...this.options.gateway };
    const gateway = new SimGateway({
      ...{ world, network, store, process, facts, settings, cells },
      node: this.options.haveOneName === true ? `gateway-${dataCenter}` : process.id,
      realm: topology.realm,
      gatewaysOf: (name) => this.gatewaysOf(name),
    });
    this.#byId.set(process.id, gateway);
    return gateway;
  }

  #makeControl(number: number, dataCenter: string): SimControl {
    const { world, network, store, topology, twice } = this;
    const process = world.addProcess(`control-${number}`, 'control', dataCenter);
    const control = new SimControl({
      ...{ world, network, store, process, twice },
      realm: topology.realm,
      settings: this.options.operations ?? {},
      acknowledges: this.options.acknowledge,
      cellsOf: this.cells,
    });
    this.#byId.set(process.id, control);
    return control;
  }

  #putFirstTable(): void {
    const { truth } = this.store;
    const encoded = encodeTable(firstTable(this.topology, INCARNATION, ''));
    const chunks = [...encoded.chunks].map(([hash, value]) => ({ key: chunkKey(hash), value }));
    truth.transact('setup', [], chunks);
    const audit = makeAudit({
      ...{
        sequence: 1,
        incarnation: INCARNATION,
        at: 0,
        author: 'setup',
        role: 'admin',
        action: 'first table',
        reason: '',
      },
      ...{ id: 'setup', changes: [], fromEpoch: 0, digest: encoded.head.digest, previous: null },
    });
    truth.transact(
      'setup',
      [{ key: HEAD_KEY, version: null }],
      [
        { key: HEAD_KEY, value: encodeHead(encoded.head) },
        { key: auditKey(1), value: encodeAudit(audit) },
      ],
    );
  }

  #committed(commit: Commit): void {
    const written = commit.writes.find(({ key }) => key === HEAD_KEY)?.value ?? null;
    const before = this.history.table;
    const after = written === null ? null : this.#decode(written, before);
    const isNew = after !== null && after.epoch !== before?.epoch;
    if (isNew) {
      this.history.add(after);
      this.world.note(-1, commit.by, `writes epoch ${after.epoch}`);
    }
    this.facts.tell({ kind: 'committed', commit, before: isNew ? before : null, after: isNew ? after : null });
  }

  #decode(text: string, before: Table | null): Table {
    const head = decodeHead(asPresentFormat(text));
    if (head.digest === before?.digest) return before;
    const hashes = [...head.topology, ...head.shards, head.overrides];
    const chunks = new Map(hashes.map((hash) => [hash, this.store.truth.get(chunkKey(hash)) ?? '']));
    return decodeTable({ head, chunks }, this.topology.realm);
  }
}
