import type { Clock, Random } from '../core/clock.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { TableReader } from '../store/records/table-reader.ts';
import { AdoptionDesk } from './adoption/adoption-desk.ts';
import { CheckedStore } from './adoption/checked-store.ts';
import { RestoreWatch } from './adoption/restore-watch.ts';
import type { ApiContext } from './api-context.ts';
import type { TokenList } from './auth/token-list.ts';
import { ChunkCollector, type ChunkCollectorSettings } from './collect-chunks.ts';
import { ControlApi, type ControlApiSettings } from './control-api.ts';
import type { ControlObserver } from './control-event.ts';
import { EdgeWatch, type EdgeWatchSettings } from './edge-watch.ts';
import type { CheckUserId, MatchRoute } from './explain-route.ts';
import { SAFETY_DEFAULTS, type SafetyLimits } from './operations/draw-plan.ts';
import { type GateCalls, NO_GATES } from './operations/gate-calls.ts';
import { OperationDesk } from './operations/operation-desk.ts';
import { OPERATION_DEFAULTS, type OperationSettings } from './operations/operation-settings.ts';

export interface ControlNodeOptions {
  readonly realm: string;
  /** Name of this process in answers: `control-1`. */
  readonly node: string;
  readonly version: string;
  /** Stays open when the node closes: it belongs to whoever opened it. */
  readonly store: CoordStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly tokens: TokenList;
  /** The gateways' own rules, for explanations. */
  readonly matchRoute: MatchRoute;
  readonly checkUserId?: CheckUserId;
  readonly observer?: ControlObserver;
  readonly api?: Partial<ControlApiSettings>;
  readonly edges?: Partial<EdgeWatchSettings>;
  readonly chunks?: Partial<ChunkCollectorSettings>;
  /** Data gates of the realm; without them nothing but weights can be changed. */
  readonly gates?: GateCalls;
  readonly operations?: Partial<OperationSettings>;
  readonly safety?: Partial<SafetyLimits>;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/**
 * One control node: the API, the watch over the gateways, the removal of old chunks, and the operations while it leads. Any number
 * may run at once.
 */
export class ControlNode {
  readonly edges: EdgeWatch;
  readonly chunks: ChunkCollector;
  readonly operations: OperationDesk;
  readonly adoption: AdoptionDesk;
  readonly api: ControlApi;

  constructor(options: ControlNodeOptions) {
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
    const context: ApiContext = {
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
    };
    this.api = new ControlApi({
      context,
      tokens: options.tokens,
      ...(options.api && { settings: options.api }),
      ...(options.tls && { tls: options.tls }),
    });
  }

  /** Starts everything; answers calls (with STORE_UNAVAILABLE) also while the store is down. Returns the API's URL. */
  async start(host: string, port: number): Promise<string> {
    await this.edges.start();
    this.chunks.start();
    this.operations.start();
    this.adoption.start();
    return this.api.listen(host, port);
  }

  /** Ends the API first, then what it reads from. */
  async close(): Promise<void> {
    await this.api.close();
    await this.adoption.close();
    await Promise.all([this.operations.close(), this.edges.close(), this.chunks.close()]);
  }
}
