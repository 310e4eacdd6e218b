import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const CALL_MS = 15_000;

/** A call of a data gate as it went through. */
export interface GateCallSeen {
  readonly dataCenter: string;
  /** `fence`, `promote` … */
  readonly call: string;
  readonly text: string;
  readonly authorization: string;
}

/** Where calls are kept: on their way to the gate, or their answers on the way back. */
export interface GateStop {
  readonly call: string;
  readonly shard: number;
  readonly when: 'before' | 'after';
}

interface Holding extends GateStop {
  readonly reach: () => void;
  readonly released: Promise<void>;
}

export interface HeldGateCalls {
  /** Resolves when the first such call is held. */
  readonly reached: Promise<void>;
  /** Lets them go on, however late, to a gate that keeps later versions perhaps and for a caller that may be dead. */
  release(): void;
}

/** HTTP relays in front of the data gates of a realm: they keep what passed, and can hold calls at a chosen moment. */
export class GateRelays {
  readonly seen: GateCallSeen[] = [];
  readonly #gates: Readonly<Record<string, string>>;
  readonly #servers: ReadonlyMap<string, Server>;
  readonly #stops = new Set<Holding>();

  private constructor(gates: Readonly<Record<string, string>>, servers: ReadonlyMap<string, Server>) {
    this.#gates = gates;
    this.#servers = servers;
  }

  /** One relay for each gate; `gates` has their addresses by data center. */
  static async start(gates: Readonly<Record<string, string>>): Promise<GateRelays> {
    const servers = new Map(Object.keys(gates).map((name) => [name, createServer()]));
    const relays = new GateRelays(gates, servers);
    for (const [name, server] of servers) {
      server.on('request', (request, response) => {
        relays.#relay(name, request, response).catch(() => response.destroy());
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return relays;
  }

  urlOf(dataCenter: string): string {
    const server = this.#servers.get(dataCenter);
    if (server === undefined) throw new Error(`no relay for ${dataCenter}`);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Holds every such call from now on, until it is released. */
  hold(stop: GateStop): HeldGateCalls {
    let [reach, free] = [(): void => undefined, (): void => undefined];
    const reached = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const released = new Promise<void>((resolve) => {
      free = resolve;
    });
    const holding: Holding = { ...stop, reach, released };
    this.#stops.add(holding);
    const release = (): void => {
      this.#stops.delete(holding);
      free();
    };
    return { reached, release };
  }

  /** The gate itself. */
  gateOf(dataCenter: string): string {
    return this.#gates[dataCenter] ?? '';
  }

  /** Makes a call (again), past the relay. */
  async send({ dataCenter, call, text, authorization }: GateCallSeen): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${this.gateOf(dataCenter)}/gate/v1/${call}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: text,
      signal: AbortSignal.timeout(CALL_MS),
    });
    return { status: answer.status, text: await answer.text() };
  }

  async stop(): Promise<void> {
    for (const server of this.#servers.values()) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #relay(dataCenter: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const call = (request.url ?? '').split('/').at(-1) ?? '';
    const seen = { dataCenter, call, text, authorization: request.headers.authorization ?? '' };
    this.seen.push(seen);
    const before = this.#stopFor(call, text, 'before');
    before?.reach();
    await before?.released;
    const answer = await this.send(seen);
    // What was held on its way is the call of somebody who is gone by now: nothing waits for its answer.
    const after = before === undefined ? this.#stopFor(call, text, 'after') : undefined;
    after?.reach();
    await after?.released;
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
  }

  #stopFor(call: string, text: string, when: GateStop['when']): Holding | undefined {
    const stops = [...this.#stops].filter((stop) => stop.call === call && stop.when === when);
    return stops.find(({ shard }) => shardsOf(text).some(([from, to]) => shard >= from && shard <= to));
  }
}

function shardsOf(text: string): readonly (readonly [number, number])[] {
  const { shards } = JSON.parse(text) as { readonly shards: readonly string[] };
  return shards.map((item) => {
    const [from = '', to = from] = item.split('-');
    return [Number(from), Number(to)];
  });
}
