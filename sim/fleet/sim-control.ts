import { ControlCore } from '../../src/control/control-core.ts';
import type { Acknowledges, GateCalls } from '../../src/control/operations/gate-calls.ts';
import type { OperationContext } from '../../src/control/operations/operation-context.ts';
import { OPERATION_DEFAULTS, type OperationSettings } from '../../src/control/operations/operation-settings.ts';
import { GateClient, type GateReply, type GateSend } from '../../src/gate/gate-client.ts';
import { HEAD_FORMATS } from '../../src/store/records/head-record.ts';
import { storeSession } from '../store/next-version-session.ts';
import type { StoreCluster } from '../store/store-cluster.ts';
import type { Network } from '../world/network.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { World } from '../world/world.ts';
import type { SimCells } from './sim-cells.ts';

export interface SimControlParts {
  readonly world: World;
  readonly network: Network;
  readonly store: StoreCluster;
  readonly process: SimProcess;
  readonly realm: string;
  readonly settings: Partial<OperationSettings>;
  readonly acknowledges: Acknowledges;
  readonly cellsOf: ReadonlyMap<string, SimCells>;
  /** Share of gate calls that arrive twice. */
  readonly twice: { share: number };
}

const TOKEN = 'the-token-of-simulated-gates';

/** One control node of the fleet: the real watch, election, planner, desk and runners in a simulated process. */
export class SimControl {
  readonly process: SimProcess;
  /** Formats of the records that this version reads; another one's after an upgrade. */
  formats: readonly number[] = HEAD_FORMATS;
  readonly #parts: SimControlParts;
  #core: ControlCore | null = null;

  constructor(parts: SimControlParts) {
    this.#parts = parts;
    this.process = parts.process;
  }

  /** Null while it is dead. */
  get context(): OperationContext | null {
    return this.process.isUp ? (this.#core?.context ?? null) : null;
  }

  get isLeading(): boolean {
    return this.process.isRunning && this.#core?.operations.leadership.term !== null;
  }

  start(): void {
    const { world, store, process, realm, settings } = this.#parts;
    const core = new ControlCore({
      realm,
      node: process.id,
      version: 'sim',
      store: storeSession(world, store, process, this.formats),
      clock: process,
      random: world.random.named(`chance of ${process.id}`),
      matchRoute: () => -1,
      observer: (event) => {
        if ('error' in event)
          world.note(-1, process.id, `${event.kind}: ${String((event.error as Error).message ?? event.error)}`);
        else world.note(-1, process.id, Object.values(event).join(' '));
      },
      gates: this.#gates(),
      operations: settings,
    });
    this.#core = core;
    void core.start();
  }

  async leave(): Promise<void> {
    await this.#core?.close();
  }

  #gates(): GateCalls {
    const { cellsOf, acknowledges, settings } = this.#parts;
    const timeoutMs = settings.gateMs ?? OPERATION_DEFAULTS.gateMs;
    const clients = new Map(
      [...cellsOf.keys()].map((dataCenter) => {
        const send: GateSend = ({ url, body, timeoutMs: limit }) => this.#call(dataCenter, url, body, limit);
        return [dataCenter, new GateClient(`http://${dataCenter}`, { send, token: TOKEN, timeoutMs })] as const;
      }),
    );
    return { gateOf: (dataCenter) => clients.get(dataCenter) ?? null, acknowledges: () => acknowledges };
  }

  async #call(dataCenter: string, url: string, body: string, timeoutMs: number): Promise<GateReply> {
    const { network, process, cellsOf, twice, world } = this.#parts;
    const cells = cellsOf.get(dataCenter);
    if (cells === undefined) return { kind: 'failed', maySent: false, detail: 'no such gate' };
    const name = url.slice(url.lastIndexOf('/') + 1);
    const isTwice = world.random.named('gate calls').chance(twice.share);
    const ask = (answer: (reply: GateReply) => void): void => {
      void cells.answerGate(name, JSON.parse(body), process.id).then(answer);
    };
    const result = await network.call(process, cells.process, timeoutMs, ask, isTwice);
    if (result.kind === 'answer') return result.value;
    return { kind: 'failed', maySent: result.wasSent, detail: result.reason };
  }
}
