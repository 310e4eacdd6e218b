import type { Clock, Random } from '../core/clock.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { TableReader } from '../store/records/table-reader.ts';
import { AdoptionDesk } from './adoption/adoption-desk.ts';
import { CheckedStore } from './adoption/checked-store.ts';
import { RestoreWatch } from './adoption/restore-watch.ts';
import type { ApiContext } from './api-context.ts';
import { ChunkCollector, type ChunkCollectorSettings } from './collect-chunks.ts';
import type { ControlObserver } from './control-event.ts';
import { EdgeWatch, type EdgeWatchSettings } from './edge-watch.ts';
import type { CheckUserId, MatchRoute } from './explain-route.ts';
import { SAFETY_DEFAULTS, type SafetyLimits } from './operations/draw-plan.ts';
import { type GateCalls, NO_GATES } from './operations/gate-calls.ts';
import { OperationDesk } from './operations/operation-desk.ts';
import { OPERATION_DEFAULTS, type OperationSettings } from './operations/operation-settings.ts';

export interface ControlCoreOptions {
  readonly realm: string;
  /** Name of this process in answers: `control-1`. */
  readonly node: string;
  readonly version: string;
  /** Stays open when the node closes: it belongs to whoever opened it. */
  readonly store: CoordStore;
  readonly clock: Clock;
  readonly random: Random;
  /** The gateways' own rules, for explanations. */
  readonly matchRoute: MatchRoute;
  readonly checkUserId?: CheckUserId;
  readonly observer?: ControlObserver;
  readonly edges?: Partial<EdgeWatchSettings>;
  readonly chunks?: Partial<ChunkCollectorSettings>;
  /** Data gates of the realm; without them nothing but weights can be changed. */
  readonly gates?: GateCalls;
  readonly operations?: Partial<OperationSettings>;
  readonly safety?: Partial<SafetyLimits>;
}

/** What a control node does besides its listener: watches the gateways, removes old chunks, carries operations out while it leads. */
export class ControlCore {
  readonly edges: EdgeWatch;
  readonly chunks: ChunkCollector;
  readonly operations: OperationDesk;
  readonly adoption: AdoptionDesk;
  /** What the calls of the API work with. */
  readonly context: ApiContext;

  constructor(options: ControlCoreOptions) {
    const { clock, random, realm, node, version, observer = () => {} } = options;
    // Until the end of this constructor only: what everything but an adoption gets is the checked one.
    const raw = options.store;
    this.edges = new EdgeWatch(raw, clock, observer, options.edges);
    const gates = options.gates ?? NO_GATES;
    const settings = { ...OPERATION_DEFAULTS, ...options.operations };
    const { edges } = this;
    const tables = new TableReader(raw, realm);
    const { probeMs, rereadMs, followRetryMs: retryMs, backOffMs, horizonMs } = settings;
    const restored = new RestoreWatch({ store: raw, tables, edges, gates, clock, probeMs });
    const store = new CheckedStore(raw, restored);
    this.chunks = new ChunkCollector(store, clock, observer, options.chunks);
    this.operations = new OperationDesk({ store, tables, clock, random, observer, edges, gates, node, settings });
    const { leadership } = this.operations;
    const adopting = { store: raw, tables, clock, gates, leadership, observer, rereadMs, retryMs, backOffMs };
    this.adoption = new AdoptionDesk(adopting);
    this.context = {
      realm,
      node,
      version,
      store,
      tables,
      edges: this.edges,
      clock,
      random,
      restored,
      horizonMs,
      adoption: { realm, store: raw, watch: restored, desk: this.adoption, horizonMs, clock, random },
      explain: { matchRoute: options.matchRoute, checkUserId: options.checkUserId ?? (() => null) },
      observer,
      desk: this.operations,
      gates,
      settings,
      safety: { ...SAFETY_DEFAULTS, ...options.safety },
      swallowed: new Map(),
    };
  }

  /** Resolves when the gateways' records were read once, or could not be. */
  async start(): Promise<void> {
    await this.edges.start();
    this.chunks.start();
    this.operations.start();
    this.adoption.start();
  }

  async close(): Promise<void> {
    await this.adoption.close();
    await Promise.all([this.operations.close(), this.edges.close(), this.chunks.close()]);
  }
}
