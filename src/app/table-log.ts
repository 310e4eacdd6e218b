import type { Logger } from 'pino';
import type { Topology } from '../core/topology.ts';
import type { Identity } from '../gateway/identity/identity.ts';
import type { TableFeedEvent } from '../gateway/table-feed.ts';

/** What the log says of tables: each that came into force, trouble once, and identity sources that cannot be looked at. */
export class TableLog {
  readonly #log: Logger;
  readonly #identity: Identity;
  #warned: Topology | null = null;

  constructor(log: Logger, identity: Identity) {
    this.#log = log;
    this.#identity = identity;
  }

  note(event: TableFeedEvent): void {
    if (event.kind === 'applied') {
      this.#log.info({ epoch: event.table.epoch, from: event.from }, 'table in force');
      this.#warnOfIdentity(event.table.topology);
    } else if (!('isRepeated' in event && event.isRepeated)) {
      this.#log.warn(event, 'table feed');
    }
  }

  /** Once for each topology. */
  #warnOfIdentity(topology: Topology): void {
    if (this.#warned === topology) return;
    this.#warned = topology;
    const sources = topology.routes.flatMap((route) => route.identity);
    for (const warning of new Set(this.#identity.warnings(sources))) this.#log.warn(warning);
  }
}
