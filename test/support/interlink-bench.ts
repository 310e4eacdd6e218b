import type { Random } from '../../src/core/clock.ts';
import type { BootId, CellId, DataCenterId, NodeId, RealmId } from '../../src/core/ids.ts';
import type { OwnNode } from '../../src/gateway/interlink/hello.ts';
import type { InterlinkLimits } from '../../src/gateway/interlink/interlink-limits.ts';
import { DEFAULT_INTERLINK_LIMITS } from '../../src/gateway/interlink/interlink-limits.ts';
import type { InterlinkObserver, LinkLabel } from '../../src/gateway/interlink/interlink-observer.ts';
import type { PeerState } from '../../src/gateway/interlink/interlink-peer.ts';
import { InterlinkPeer } from '../../src/gateway/interlink/interlink-peer.ts';
import { InterlinkServer } from '../../src/gateway/interlink/interlink-server.ts';
import type { UpstreamRequest, UpstreamStream } from '../../src/gateway/upstream.ts';
import { HandClock } from './hand-clock.ts';
import { HandGuard } from './hand-guard.ts';
import { PipeNetwork } from './pipe-network.ts';
import { UpstreamRecorder, upstreamRequest } from './upstream-recorder.ts';

export const nodeOf = (dataCenter: string, part: Partial<OwnNode> = {}): OwnNode => ({
  realm: 'demo' as RealmId,
  dataCenter: dataCenter as DataCenterId,
  node: `gateway-${dataCenter}-1` as NodeId,
  boot: 'boot-1' as BootId,
  formats: [1],
  ...part,
});

/** Chance that always says the same: back-off is then exactly half of its full length. */
export const noChance: Random = { next: () => 0 };

/** Writes down what the interlink counts. */
export class ObserverRecorder implements InterlinkObserver {
  readonly lines: string[] = [];
  readonly errors: unknown[] = [];
  opened = (link: LinkLabel): void => void this.lines.push(`${link.role} opened ${link.peer}`);
  closed = (link: LinkLabel, code: string, detail: string): void =>
    void this.lines.push(`${link.role} closed ${code}: ${detail}`);
  rejected = (role: string, detail: string): void => void this.lines.push(`${role} rejected ${detail}`);
  sent = (): void => undefined;
  received = (): void => undefined;
  roundTrip = (link: LinkLabel, ms: number): void => void this.lines.push(`${link.role} round trip ${ms}`);
  streamOpened = (link: LinkLabel): void => void this.lines.push(`${link.role} stream opened`);
  streamClosed = (link: LinkLabel, outcome: string): void => void this.lines.push(`${link.role} stream ${outcome}`);
  failed = (_link: LinkLabel, error: unknown): void => void this.errors.push(error);

  has(pattern: RegExp): boolean {
    return this.lines.some((line) => pattern.test(line));
  }
}

/** Like `UpstreamRecorder`, and knows whether the guard admitted. */
export class EdgeRecorder extends UpstreamRecorder {
  isAdmitted = false;
  onAdmitted: () => void = () => undefined;

  override admitted(): void {
    super.admitted();
    this.isAdmitted = true;
    this.onAdmitted();
  }
}

export interface BenchOptions {
  readonly limits?: Partial<InterlinkLimits>;
  readonly serverLimits?: Partial<InterlinkLimits>;
  readonly edge?: OwnNode;
  readonly guard?: OwnNode;
}

/** An edge in hz-a and a guard in sz-a, joined by connections in memory; time and bytes move by hand. */
export class InterlinkBench {
  readonly clock = new HandClock();
  readonly guard = new HandGuard();
  readonly observer = new ObserverRecorder();
  readonly network: PipeNetwork;
  readonly states: PeerState[] = [];
  readonly cells: CellId[][] = [];
  readonly options: BenchOptions;
  readonly peer: InterlinkPeer;
  server: InterlinkServer;

  constructor(options: BenchOptions = {}) {
    this.options = options;
    const edge = options.edge ?? nodeOf('hz-a');
    const guard = options.guard ?? nodeOf('sz-a');
    this.network = new PipeNetwork(edge, guard);
    this.server = this.newServer();
    this.peer = new InterlinkPeer(
      {
        own: edge,
        target: { host: 'sz-a.example', port: 8125, identity: nodeOf('sz-a') },
        dialer: this.network,
        clock: this.clock,
        random: noChance,
        limits: { ...DEFAULT_INTERLINK_LIMITS, ...options.limits },
        observer: this.observer,
      },
      {
        stateChanged: (state) => void this.states.push(state),
        unhealthyCellsChanged: (cells) => void this.cells.push([...cells]),
      },
    );
  }

  /** Starts and connects. */
  static ready(options: BenchOptions = {}): InterlinkBench {
    const bench = new InterlinkBench(options);
    bench.peer.start();
    bench.network.run();
    return bench;
  }

  /** A server that takes the connections from now on. */
  newServer(): InterlinkServer {
    const server = new InterlinkServer({
      own: this.options.guard ?? nodeOf('sz-a'),
      upstream: this.guard,
      clock: this.clock,
      limits: { ...DEFAULT_INTERLINK_LIMITS, ...this.options.limits, ...this.options.serverLimits },
      observer: this.observer,
    });
    this.network.listener = (connection, proven) => server.accept(connection, proven);
    this.server = server;
    return server;
  }

  /** Opens a request; nothing moves yet. */
  open(part: Partial<UpstreamRequest> = {}): { stream: UpstreamStream; seen: EdgeRecorder } {
    const seen = new EdgeRecorder();
    return { stream: this.peer.open(upstreamRequest(part), seen), seen };
  }

  /** Turns time on, in steps in which everything moves. */
  async advance(ms: number, stepMs = 100): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.advance(Math.min(stepMs, ms - passed));
      this.network.run();
    }
  }
}
