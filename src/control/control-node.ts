import type { Clock, Random } from '../core/clock.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { TableReader } from '../store/records/table-reader.ts';
import type { TokenList } from './auth/token-list.ts';
import { ChunkCollector, type ChunkCollectorSettings } from './collect-chunks.ts';
import { ControlApi, type ControlApiSettings } from './control-api.ts';
import type { ControlContext } from './control-context.ts';
import type { ControlObserver } from './control-event.ts';
import { EdgeWatch, type EdgeWatchSettings } from './edge-watch.ts';
import type { CheckUserId, MatchRoute } from './explain-route.ts';

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
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** One control node: the API, the watch over the gateways, and the removal of old chunks. Any number may run at once. */
export class ControlNode {
  readonly edges: EdgeWatch;
  readonly chunks: ChunkCollector;
  readonly api: ControlApi;

  constructor(options: ControlNodeOptions) {
    const { store, clock, random, realm, node, version, observer = () => {} } = options;
    this.edges = new EdgeWatch(store, clock, observer, options.edges);
    this.chunks = new ChunkCollector(store, clock, observer, options.chunks);
    const tables = new TableReader(store, realm);
    const context: ControlContext = {
      realm,
      node,
      version,
      store,
      tables,
      edges: this.edges,
      clock,
      random,
      explain: { matchRoute: options.matchRoute, checkUserId: options.checkUserId ?? (() => null) },
      observer,
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
    return this.api.listen(host, port);
  }

  /** Ends the API first, then what it reads from. */
  async close(): Promise<void> {
    await this.api.close();
    await Promise.all([this.edges.close(), this.chunks.close()]);
  }
}
