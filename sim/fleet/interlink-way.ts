import {
  CLOSED_STREAM,
  type Upstream,
  type UpstreamEvents,
  type UpstreamRequest,
  type UpstreamStream,
} from '../../src/gateway/upstream.ts';
import type { Network } from '../world/network.ts';
import type { SimGateway } from './sim-gateway.ts';

/** A connection whose other end is silent is given up after this, ms. */
const DEAD_MS = 3_000;

/**
 * The way to another data center's guard, as the interlink promises it: the guard decides on the head, ADMITTED comes before a byte of
 * body flows, and a lost connection makes what may have run unknown and everything else sendable again.
 */
export class InterlinkWay implements Upstream {
  readonly #network: Network;
  readonly #own: SimGateway;
  readonly #peer: () => SimGateway | null;

  /** `peer`: the gateway of the other data center that is spoken to now. */
  constructor(network: Network, own: SimGateway, peer: () => SimGateway | null) {
    this.#network = network;
    this.#own = own;
    this.#peer = peer;
  }

  open(request: UpstreamRequest, events: UpstreamEvents): UpstreamStream {
    const peer = this.#peer();
    if (peer === null) {
      events.failed({ code: 'INTERLINK_DOWN', executed: 'no', detail: 'no gateway is known there' });
      return CLOSED_STREAM;
    }
    const stream = new WayStream(this.#network, this.#own, peer, request, events);
    stream.start();
    return stream;
  }
}

interface Packet {
  readonly sentAt: number;
  readonly runs: (() => void)[];
  hasArrived: boolean;
}

/** One direction of a connection: messages keep their order, so one that is late or lost keeps back all after it. */
class Line {
  /** Sent, and not handed on yet. */
  readonly packets: Packet[] = [];

  arrived(packet: Packet): void {
    packet.hasArrived = true;
    while (this.packets[0]?.hasArrived === true) for (const run of this.packets.shift()?.runs ?? []) run();
  }
}

class WayStream implements UpstreamStream {
  readonly #network: Network;
  readonly #own: SimGateway;
  readonly #peer: SimGateway;
  readonly #request: UpstreamRequest;
  readonly #events: UpstreamEvents;
  readonly #lives: readonly [number, number];
  /** At the other end. */
  #stream: UpstreamStream | null = null;
  #isOver = false;
  #isCancelled = false;
  #isBodySent = false;
  #heardAt: number;
  /** By the other end's clock. */
  #heardThereAt: number;

  constructor(network: Network, own: SimGateway, peer: SimGateway, request: UpstreamRequest, events: UpstreamEvents) {
    this.#network = network;
    this.#own = own;
    this.#peer = peer;
    this.#request = request;
    this.#events = events;
    this.#lives = [own.process.life, peer.process.life];
    this.#heardAt = own.process.monotonicMs();
    this.#heardThereAt = peer.process.monotonicMs();
  }

  start(): void {
    this.#there(() => {
      const stream = this.#peer.guarded.open(this.#request, {
        admitted: () => this.#back(() => this.#events.admitted()),
        refused: (refusal) => this.#last(() => this.#events.refused(refusal)),
        informational: (status, headers) => this.#back(() => this.#events.informational(status, headers)),
        head: (status, headers) => this.#back(() => this.#events.head(status, headers)),
        data: (chunk) => this.#back(() => this.#events.data(chunk)),
        end: (trailers) => this.#last(() => this.#events.end(trailers)),
        failed: (failure) => this.#last(() => this.#events.failed(failure)),
        drain: () => this.#back(() => this.#events.drain()),
      });
      this.#stream = stream;
      if (this.#isCancelled) stream.cancel();
    });
    this.#own.connections.add(() => this.#look());
    this.#peer.connections.add(() => this.#lookThere());
  }

  write(chunk: Uint8Array): boolean {
    this.#isBodySent = true;
    this.#there(() => void this.#stream?.write(chunk));
    return true;
  }

  end(): void {
    this.#isBodySent = true;
    this.#there(() => this.#stream?.end());
  }

  cancel(): void {
    this.#isOver = true;
    this.#isCancelled = true;
    this.#there(() => this.#stream?.cancel());
  }

  pause(): void {}

  resume(): void {}

  /** A message that is lost is lost with its connection: `#look` notices. */
  #there(run: () => void): void {
    this.#inOrder('there', run);
  }

  #back(run: () => void): void {
    this.#inOrder('back', () => {
      this.#heardAt = this.#own.process.monotonicMs();
      if (!this.#isOver) run();
    });
  }

  #last(run: () => void): void {
    this.#back(() => {
      this.#isOver = true;
      run();
    });
  }

  /** What is said at one instant goes as one message, as the interlink's outbox writes it. */
  #inOrder(way: 'there' | 'back', run: () => void): void {
    const isThere = way === 'there';
    const line = isThere ? this.#lineThere : this.#lineBack;
    const { now } = this.#network;
    const last = line.packets.at(-1);
    if (last !== undefined && last.sentAt === now && !last.hasArrived) {
      last.runs.push(run);
      return;
    }
    const packet: Packet = { sentAt: now, runs: [run], hasArrived: false };
    line.packets.push(packet);
    const from = isThere ? this.#own : this.#peer;
    const to = isThere ? this.#peer : this.#own;
    const life = isThere ? this.#lives[1] : this.#lives[0];
    this.#network.send(from.process, to.process, () => line.arrived(packet), life);
  }

  readonly #lineThere = new Line();
  readonly #lineBack = new Line();

  /** Pings would find it out: the other end died, or nothing can come from it. */
  #look(): boolean {
    if (this.#isOver) return false;
    const now = this.#own.process.monotonicMs();
    const isThere =
      this.#peer.process.life === this.#lives[1] &&
      this.#peer.process.isRunning &&
      this.#network.isConnected(this.#own.process, this.#peer.process);
    if (isThere && this.#isWhole()) this.#heardAt = now;
    const isReset = this.#peer.process.life !== this.#lives[1];
    if (isReset || now - this.#heardAt > DEAD_MS) this.#lost();
    return !this.#isOver;
  }

  /** The other end too: an edge that died or cannot be heard gets no answer, and what was begun for it ends. */
  #lookThere(): boolean {
    if (this.#isOver && !this.#isCancelled) return false;
    const { process } = this.#peer;
    const own = this.#own.process;
    const isHeard = own.life === this.#lives[0] && own.isRunning && this.#network.isConnected(own, process);
    const now = process.monotonicMs();
    if (isHeard) this.#heardThereAt = now;
    const isOpen = own.life === this.#lives[0] && now - this.#heardThereAt <= DEAD_MS && !this.#isCancelled;
    if (isOpen) return true;
    // Also when its head is still under way: what comes over a connection that was given up is not begun.
    this.#isCancelled = true;
    this.#stream?.cancel();
    return false;
  }

  /** No message of either direction is missing for longer than a message takes. */
  #isWhole(): boolean {
    return this.#lineThere.packets.length === 0 && this.#lineBack.packets.length === 0;
  }

  #lost(): void {
    this.#isOver = true;
    // The other end notices too, and ends what it does for us; a head that is still under way is cancelled when it comes.
    this.#isCancelled = true;
    if (this.#peer.process.life === this.#lives[1]) this.#peer.process.after(0, () => this.#stream?.cancel());
    const detail = 'the connection was lost';
    const needsBody = this.#request.body !== 'none';
    const mayHaveRun = !needsBody || this.#isBodySent;
    if (mayHaveRun) this.#events.failed({ code: 'INTERLINK_LOST', executed: 'unknown', detail });
    else this.#events.failed({ code: 'INTERLINK_DOWN', executed: 'no', detail });
  }
}
