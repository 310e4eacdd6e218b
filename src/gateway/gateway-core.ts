import type { ShardGuard } from '../core/guard/shard-guard.ts';
import type { Table } from '../core/table.ts';
import type { EdgeFacts } from './edge-announcer.ts';
import type { GuardedCells } from './guarded-cells.ts';
import type { Holding } from './holding/holding.ts';
import type { Pipeline } from './pipeline.ts';
import { RequestSide, type RequestSideParts, type RequestSideSettings } from './request-side.ts';
import type { RoutingState } from './routing-state.ts';
import { StoreSide, type StoreSideParts, type StoreSideSettings } from './store-side.ts';
import type { TableFeed } from './table-feed.ts';

export type GatewayCoreSettings = RequestSideSettings & StoreSideSettings;

/** What a gateway stands on; the program hands in the machine's, the simulator its own. */
export interface GatewayCoreParts
  extends Omit<RequestSideParts, 'settings' | 'news' | 'onDrained'>,
    Omit<StoreSideParts, 'settings' | 'guard' | 'apply' | 'guardFacts' | 'edgeFacts'> {
  readonly settings: GatewayCoreSettings;
  /** What its record as an edge says; `table` is the one in force. */
  facts(table: Table | null): EdgeFacts;
}

/** A gateway in one process: the side that decides on requests and the side that talks to the store, joined directly. */
export class GatewayCore {
  readonly requests: RequestSide;
  readonly #store: StoreSide;

  constructor(parts: GatewayCoreParts) {
    const store = (): StoreSide => this.#store;
    this.requests = new RequestSide({
      ...parts,
      news: {
        refreshTable: () => store().news.refreshTable(),
        renew: () => store().news.renew(),
        get isHopeful() {
          return store().news.isHopeful;
        },
      },
      onDrained: () => store().announceGuard(),
    });
    const { guard } = this.requests;
    this.#store = new StoreSide({
      ...parts,
      guard,
      apply: (table) => this.requests.apply(table),
      guardFacts: () => ({ applied: versionOf(guard.table), drained: guard.drained() }),
      edgeFacts: () => parts.facts(guard.table),
    });
  }

  get guard(): ShardGuard {
    return this.requests.guard;
  }

  get guarded(): GuardedCells {
    return this.requests.guarded;
  }

  get routing(): RoutingState {
    return this.requests.routing;
  }

  get holding(): Holding {
    return this.requests.holding;
  }

  get pipeline(): Pipeline {
    return this.requests.pipeline;
  }

  get feed(): TableFeed {
    return this.#store.feed;
  }

  /** Reads the table and opens the guard, or begins without while the store does not answer. */
  start(): Promise<void> {
    return this.#store.start();
  }

  /** Writes the edge's record soon. */
  announce(): void {
    this.#store.announce();
  }

  /** The edge's record goes, so that nobody waits for this gateway; the store may be down. */
  leave(): Promise<void> {
    return this.#store.leave();
  }

  /** After the last request: admits nothing more, then takes the guard's record away. */
  async close(): Promise<void> {
    await this.#store.close();
    this.requests.close('this gateway has stopped');
    await this.#store.withdraw();
  }
}

function versionOf(table: Table | null): Pick<Table, 'incarnation' | 'epoch'> | null {
  return table === null ? null : { incarnation: table.incarnation, epoch: table.epoch };
}
