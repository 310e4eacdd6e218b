import type { BootId, CellId, DataCenterId, NodeId } from '../../src/core/ids.ts';
import type { Table } from '../../src/core/table.ts';
import type { DataCenterHealth } from '../../src/gateway/cell-directory.ts';
import type { ClientHandle, Downstream } from '../../src/gateway/downstream.ts';
import type { EdgeFacts } from '../../src/gateway/edge-announcer.ts';
import { GatewayCore, type GatewayCoreSettings } from '../../src/gateway/gateway-core.ts';
import { DEFAULT_GUARD_SETTINGS } from '../../src/gateway/guard/guard-settings.ts';
import type { GuardedCells } from '../../src/gateway/guarded-cells.ts';
import { DEFAULT_HOLD_SETTINGS } from '../../src/gateway/holding/hold-settings.ts';
import type { Identifier } from '../../src/gateway/identity/identifier.ts';
import type { ReceivedHead } from '../../src/gateway/message/request-head.ts';
import type { Claim } from '../../src/gateway/upstream.ts';
import { HEAD_FORMATS } from '../../src/store/records/head-record.ts';
import { storeSession } from '../store/next-version-session.ts';
import type { StoreCluster } from '../store/store-cluster.ts';
import type { Network } from '../world/network.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { World } from '../world/world.ts';
import { CellLink } from './cell-link.ts';
import { ConnectionWatch } from './connection-watch.ts';
import type { FactFeed } from './facts.ts';
import { InterlinkWay } from './interlink-way.ts';
import { ObservedGuard } from './observed-guard.ts';
import { watchAnswers } from './passed-answers.ts';
import type { SimCells } from './sim-cells.ts';
import { SimDisk } from './sim-disk.ts';

/** As in production, but for the guard's horizon, which a scenario may change. */
export const GATEWAY_SETTINGS: GatewayCoreSettings = {
  guard: DEFAULT_GUARD_SETTINGS,
  hold: DEFAULT_HOLD_SETTINGS,
  tableFeed: { pollMs: 750 },
  announce: { beatMs: 2_000 },
  retries: { share: 0.2, burst: 100 },
  debugHeaders: false,
  traceSampled: false,
};

export interface SimGatewayParts {
  readonly world: World;
  readonly network: Network;
  readonly store: StoreCluster;
  readonly process: SimProcess;
  readonly facts: FactFeed;
  /** The name under which it runs. */
  readonly node: string;
  readonly realm: string;
  readonly settings: GatewayCoreSettings;
  readonly cells: SimCells;
  /** All gateways of a data center. */
  gatewaysOf(dataCenter: string): readonly SimGateway[];
}

/** What is found out by pings and heartbeats is looked at this often, and believed after `SILENT_MS`. */
const LOOK_MS = 1_000;
const SILENT_MS = 3_000;

/** One gateway of the fleet: the real core of a gateway in a simulated process. */
export class SimGateway {
  readonly process: SimProcess;
  readonly disk: SimDisk;
  core: GatewayCore;
  guard: ObservedGuard;
  /** Of this boot: those to its cells, and both ends of those to other gateways. */
  connections: ConnectionWatch;
  boot = 0;
  /** Formats of the records that this version says it reads; another one's after an upgrade. */
  formats: readonly number[] = HEAD_FORMATS;
  readonly #parts: SimGatewayParts;
  /** When it last heard from a data center's gateways, or from its own cells, by its own clock. */
  readonly #heard = new Map<string, number>();
  #heldNow = 0;
  #doubted = '';
  /** Data centers that can take requests, a bit each; -1: not looked at in this boot. */
  #healthy = -1;

  constructor(parts: SimGatewayParts) {
    this.#parts = parts;
    this.process = parts.process;
    this.disk = new SimDisk(parts.process, parts.world.random.named('disks'));
    this.connections = new ConnectionWatch(parts.process);
    [this.core, this.guard] = this.#assemble();
  }

  get dataCenter(): string {
    return this.process.dataCenter;
  }

  /** Of this life of the process. */
  get bootId(): BootId {
    return `boot-${this.boot}-of-${this.process.index}` as BootId;
  }

  get guarded(): GuardedCells {
    return this.core.guarded;
  }

  get held(): number {
    return this.process.isUp ? this.core.holding.size : 0;
  }

  /** A new boot with nothing in memory. */
  start(): void {
    this.boot += 1;
    this.#heard.clear();
    this.#healthy = -1;
    this.connections = new ConnectionWatch(this.process);
    [this.core, this.guard] = this.#assemble();
    const { core } = this;
    this.#look();
    void core.start().then(() => core.announce());
  }

  /** Serves what it has to its end first, as a rolling upgrade does; resolves when it has left. */
  async leave(): Promise<void> {
    await this.core.leave();
    await this.core.close();
  }

  begin(head: ReceivedHead, client: Downstream): ClientHandle {
    return this.core.pipeline.begin(head, 'fast', client);
  }

  #assemble(): [GatewayCore, ObservedGuard] {
    const { world, network, store, process, facts, realm, settings, cells } = this.#parts;
    let guard: ObservedGuard | undefined;
    const tellChange = (before: Table | null, after: Table | null): void =>
      facts.tell({ kind: 'guardChanged', gateway: this, before, after });
    const onWrite = ({ shard, epoch, unit }: Claim): void => {
      world.note(shard, process.id, `admits a write at ${epoch} for ${unit}`);
      facts.tell({ kind: 'admitted', gateway: this, shard, epoch, unit });
    };
    const ways = new Map<string, InterlinkWay>();
    const node = this.#parts.node as NodeId;
    const core = new GatewayCore({
      clock: process,
      random: world.random.named(`chance of ${process.id}`),
      store: storeSession(world, store, process, this.formats),
      realm,
      node,
      boot: this.bootId,
      dataCenter: process.dataCenter as DataCenterId,
      version: 'sim',
      settings,
      snapshot: this.disk,
      cells: new CellLink({ network, process, cells, connections: this.connections, onWrite }),
      compileIdentity: () => IDENTIFIER,
      healthOf: (dataCenter) => this.#healthOf(dataCenter),
      onOwnCells: () => undefined,
      upstreamOf: (dataCenter) => {
        const known = ways.get(dataCenter);
        if (known !== undefined) return known;
        const way = new InterlinkWay(network, this, () => this.#peerOf(dataCenter));
        ways.set(dataCenter, way);
        return way;
      },
      facts: (table) => this.#facts(table),
      holdObserver: {
        held: () => {
          this.#heldNow += 1;
        },
        ended: () => undefined,
        refused: () => undefined,
      },
      applied: () => undefined,
      onTable: (event) => {
        if (event.kind === 'applied') {
          world.note(-1, process.id, `runs epoch ${event.table.epoch} from ${event.from}`);
          core.announce();
        } else if (!('isRepeated' in event && event.isRepeated))
          world.note(-1, process.id, `table feed: ${event.kind} ${'detail' in event ? event.detail : ''}`);
      },
      onRenewal: ({ kind, detail, isFirst }) => {
        if (isFirst) world.note(-1, process.id, `guard: ${kind} ${detail}`);
      },
      onRecordError: () => undefined,
      finished: ({ facts: { requestId }, heldMs }) =>
        facts.tell({ kind: 'exchangeEnded', gateway: this, requestId, heldMs }),
      makeGuard: (...given) => {
        guard = new ObservedGuard(given, {
          changed: tellChange,
          restsOnOlder: (shown) => facts.tell({ kind: 'restedOnOlder', gateway: this, shown }),
        });
        return guard;
      },
    });
    if (guard === undefined) throw new Error('a gateway has a guard');
    watchAnswers(core.guarded, ({ shard, epoch, unit }) => {
      world.note(shard, process.id, `passes an answer of ${epoch} on for ${unit}`);
      facts.tell({ kind: 'passedOn', gateway: this, shard, epoch, unit });
    });
    return [core, guard];
  }

  /** How often requests were held here. */
  get heldCount(): number {
    return this.#heldNow;
  }

  #facts(table: Table | null): EdgeFacts {
    const { process } = this;
    const address = `${process.id}:1`;
    return {
      node: this.#parts.node as NodeId,
      boot: this.bootId,
      dataCenter: process.dataCenter as DataCenterId,
      version: 'sim',
      formats: this.formats,
      door: address,
      admin: address,
      interlink: address,
      applied: table === null ? null : { incarnation: table.incarnation, epoch: table.epoch },
      cells: [],
    };
  }

  /** What pings would find out by now. */
  #look(): void {
    const { network, cells } = this.#parts;
    const now = this.process.monotonicMs();
    if (cells.process.isRunning) this.#heard.set('cells', now);
    for (const { id } of this.core.routing.current?.table.topology.dataCenters ?? []) {
      if (id === this.dataCenter) continue;
      const isHeard = this.#parts
        .gatewaysOf(id)
        .some(({ process }) => process.isRunning && network.isConnected(process, this.process));
      if (isHeard) this.#heard.set(id, now);
    }
    let doubted = '';
    for (const [name, at] of this.#heard)
      if (now - at > SILENT_MS) doubted = doubted === '' ? name : `${doubted},${name}`;
    if (doubted !== this.#doubted) {
      this.#doubted = doubted;
      this.#parts.world.note(-1, this.process.id, `does not hear from: ${doubted || 'nobody'}`);
    }
    const healthy = this.#healthyNow();
    if (healthy !== this.#healthy) {
      this.#healthy = healthy;
      this.core.routing.healthChanged();
    }
    this.process.after(LOOK_MS, () => this.#look());
  }

  #healthyNow(): number {
    let bits = 0;
    const dataCenters = this.core.routing.current?.table.topology.dataCenters ?? [];
    for (const { id, index } of dataCenters) {
      const health = this.#healthOf(id);
      if (health.isReachable && health.isCellAvailable('')) bits |= 1 << index;
    }
    return bits;
  }

  #healthOf(dataCenter: string): DataCenterHealth {
    const name = dataCenter === this.dataCenter ? 'cells' : dataCenter;
    const at = this.#heard.get(name);
    const isHeard = at !== undefined && this.process.monotonicMs() - at <= SILENT_MS;
    // Whether a peer's cells live is told over the interlink.
    const hasCells = (): boolean =>
      name === 'cells' ? isHeard : this.#parts.gatewaysOf(dataCenter).some((peer) => peer.hearsItsCells);
    return { isReachable: isHeard, isCellAvailable: (_cell: string | CellId) => hasCells() };
  }

  get hearsItsCells(): boolean {
    const at = this.#heard.get('cells');
    return this.process.isRunning && at !== undefined && this.process.monotonicMs() - at <= SILENT_MS;
  }

  #peerOf(dataCenter: string): SimGateway | null {
    const { network } = this.#parts;
    const peers = this.#parts.gatewaysOf(dataCenter);
    const up = peers.filter(({ process }) => process.isUp && network.isConnected(process, this.process));
    return up.find(({ process }) => process.isRunning) ?? up[0] ?? null;
  }
}

/** Users name themselves; how identities are read is not what is simulated. */
const IDENTIFIER: Identifier = {
  identify: ({ headers }) => {
    const at = headers.indexOf('X-User-Id');
    if (at === -1) return { kind: 'missing', detail: null };
    return { kind: 'found', userId: headers[at + 1] as string, source: 'header x-user-id' };
  },
};
