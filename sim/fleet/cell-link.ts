import type { Timer } from '../../src/core/clock.ts';
import type {
  Claim,
  HeaderList,
  Upstream,
  UpstreamEvents,
  UpstreamRequest,
  UpstreamStream,
} from '../../src/gateway/upstream.ts';
import type { Network } from '../world/network.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { ConnectionWatch } from './connection-watch.ts';
import type { CellReply, SimCells } from './sim-cells.ts';

const REFUSED_MS = 0.5;

export interface CellLinkParts {
  readonly network: Network;
  readonly process: SimProcess;
  readonly cells: SimCells;
  readonly connections: ConnectionWatch;
  /** Told of each write that gets this far: it was admitted, whatever the guard said. */
  readonly onWrite: (claim: Claim) => void;
}

/** The way from a gateway to the cells of its data center: one request, one answer. */
export class CellLink implements Upstream {
  readonly #parts: CellLinkParts;

  constructor(parts: CellLinkParts) {
    this.#parts = parts;
  }

  open(request: UpstreamRequest, events: UpstreamEvents): UpstreamStream {
    if (!request.claim.safe) this.#parts.onWrite(request.claim);
    const exchange = new CellTry(this.#parts, request, events);
    events.admitted();
    if (request.body === 'none') exchange.send();
    return exchange;
  }
}

/** Holds the request back until its body is there. */
class CellTry implements UpstreamStream {
  readonly #parts: CellLinkParts;
  readonly #request: UpstreamRequest;
  readonly #events: UpstreamEvents;
  #isOver = false;
  #wasSent = false;
  #limit: Timer | null = null;

  constructor(parts: CellLinkParts, request: UpstreamRequest, events: UpstreamEvents) {
    this.#parts = parts;
    this.#request = request;
    this.#events = events;
  }

  send(): void {
    if (this.#wasSent || this.#isOver) return;
    this.#wasSent = true;
    const { network, process, cells, connections } = this.#parts;
    const to = cells.process;
    if (!to.isUp) {
      process.after(REFUSED_MS, () =>
        this.#end(() => this.#events.failed({ code: 'CONNECT_FAILED', executed: 'no', detail: 'connection refused' })),
      );
      return;
    }
    const { claim, method, headers, limits } = this.#request;
    const life = to.life;
    this.#limit = process.setTimer(limits.responseHeadMs, () => this.#lost('RESPONSE_TIMEOUT', 'no answer in time'));
    const ownLife = process.life;
    network.send(process, to, () => {
      cells.serve(claim.cell, method, headersOf(headers), (reply) => {
        network.send(to, process, () => this.#end(() => this.#answer(reply)), ownLife);
      });
    });
    // A process that dies resets its connections, which is noticed soon; one that hangs does not.
    connections.add(() => {
      if (!this.#isOver && to.life !== life) this.#lost('CELL_RESET', 'the connection was reset');
      return !this.#isOver;
    });
  }

  write(): boolean {
    return true;
  }

  end(): void {
    this.send();
  }

  cancel(): void {
    this.#isOver = true;
    this.#limit?.cancel();
  }

  pause(): void {}

  resume(): void {}

  #answer({ status, headers }: CellReply): void {
    this.#isOver = false;
    this.#events.head(status, headers);
    if (!this.#isOver) this.#events.end([]);
    this.#isOver = true;
  }

  #lost(code: 'RESPONSE_TIMEOUT' | 'CELL_RESET', detail: string): void {
    this.#end(() => this.#events.failed({ code, executed: 'unknown', detail }));
  }

  #end(tell: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#limit?.cancel();
    tell();
  }
}

function headersOf(list: HeaderList): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < list.length; index += 2)
    headers[lowerCase(list[index] as string)] = list[index + 1] as string;
  return headers;
}

const LOWER = new Map<string, string>();

/** Few names come again and again. */
function lowerCase(name: string): string {
  const known = LOWER.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  LOWER.set(name, lower);
  return lower;
}
