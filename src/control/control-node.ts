import type { AdoptionDesk } from './adoption/adoption-desk.ts';
import type { TokenList } from './auth/token-list.ts';
import type { ChunkCollector } from './collect-chunks.ts';
import { ControlApi, type ControlApiSettings } from './control-api.ts';
import { ControlCore, type ControlCoreOptions } from './control-core.ts';
import type { EdgeWatch } from './edge-watch.ts';
import type { OperationDesk } from './operations/operation-desk.ts';

export interface ControlNodeOptions extends ControlCoreOptions {
  readonly tokens: TokenList;
  readonly api?: Partial<ControlApiSettings>;
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
  readonly #core: ControlCore;

  constructor(options: ControlNodeOptions) {
    this.#core = new ControlCore(options);
    const { edges, chunks, operations, adoption, context } = this.#core;
    this.edges = edges;
    this.chunks = chunks;
    this.operations = operations;
    this.adoption = adoption;
    this.api = new ControlApi({
      context,
      tokens: options.tokens,
      ...(options.api && { settings: options.api }),
      ...(options.tls && { tls: options.tls }),
    });
  }

  /** Starts everything; answers calls (with STORE_UNAVAILABLE) also while the store is down. Returns the API's URL. */
  async start(host: string, port: number): Promise<string> {
    await this.#core.start();
    return this.api.listen(host, port);
  }

  /** Ends the API first, then what it reads from. */
  async close(): Promise<void> {
    await this.api.close();
    await this.#core.close();
  }
}
