import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { OperationView, PlanAnswer, PlanCall } from '../../src/control/api-types.ts';
import type { SafetyLimits } from '../../src/control/operations/draw-plan.ts';
import type { GateCalls } from '../../src/control/operations/gate-calls.ts';
import type { OperationSettings } from '../../src/control/operations/operation-settings.ts';
import type { BootId, DataCenterId, NodeId } from '../../src/core/ids.ts';
import { GateClient, type GateSend } from '../../src/gate/gate-client.ts';
import { openGateHttp } from '../../src/gate/gate-http.ts';
import type { DataCenterCells } from '../../src/reference-unit/data-center-process.ts';
import { parseRuleset } from '../../src/ruleset/parse-ruleset.ts';
import type { CoordStore } from '../../src/store/coord-store.ts';
import { AcknowledgingGuards } from './acknowledging-guards.ts';
import { type Answer, ControlBench, REALM, THREE_CITIES, TOKENS } from './control-bench.ts';
import { eventually } from './eventually.ts';
import { PEER_TOKEN, startDataCenters } from './ledger-cells.ts';

export const DATA_CENTERS = ['hz-a', 'hz-b', 'sh-a', 'sh-b', 'sz-a'] as const;

/** L = 0.3 s, so that W is about half a second. */
export const FAST: Partial<OperationSettings> = {
  horizonMs: 300,
  leaderMs: 400,
  rereadMs: 50,
  freezeCapMs: 20_000,
  takeoverAllowanceMs: 1_000,
  silentMs: 500,
  gateMs: 2_000,
  backOffMs: 200,
  followRetryMs: 50,
  heartbeatMs: 50,
};

export interface OperationBenchOptions {
  readonly operations?: Partial<OperationSettings>;
  /** Between the control node and its store. */
  readonly wrap?: (store: CoordStore) => CoordStore;
  readonly safety?: Partial<SafetyLimits>;
  readonly acknowledges?: 'local' | 'same-city' | 'remote';
}

/** The reference realm: a control node with an embedded store, the real ledger's gates, and guards that only acknowledge. */
export class OperationBench {
  readonly control: ControlBench;
  /** The control node that is called; another one may take its place. */
  api: ControlBench;
  readonly cells: Readonly<Record<string, DataCenterCells>>;
  readonly guards: AcknowledgingGuards;
  readonly gates: GateCalls;
  /** Data centers whose gate refuses connections from now on; `hz-a promote` is one call of one gate only. */
  readonly cut: Set<string>;
  readonly #options: OperationBenchOptions;
  readonly #others: ControlBench[];
  #keys = 0;

  private constructor(
    parts: Pick<OperationBench, 'control' | 'cells' | 'guards' | 'gates' | 'cut'>,
    others: ControlBench[],
    options: OperationBenchOptions,
  ) {
    this.#others = others;
    this.control = parts.control;
    this.api = parts.control;
    this.cells = parts.cells;
    this.guards = parts.guards;
    this.gates = parts.gates;
    this.cut = parts.cut;
    this.#options = options;
  }

  static async start(test: TestContext, options: OperationBenchOptions = {}): Promise<OperationBench> {
    const parsed = parseRuleset(THREE_CITIES, 'three-cities.yaml');
    if (!parsed.ok) throw new Error('the reference ruleset has mistakes');
    const cells = await startDataCenters(test, DATA_CENTERS, { topology: parsed.document });
    const cut = new Set<string>();
    const gates = gatesOf(test, cells, cut, options);
    const operations = { ...FAST, ...options.operations };
    const dir = await mkdtemp(join(tmpdir(), 'ldc-operations-'));
    const store = (options.wrap ?? ((own) => own))(ControlBench.openStore(dir));
    const control = await ControlBench.start({
      dir,
      store,
      gates,
      operations,
      ...(options.safety && { safety: options.safety }),
      edges: { rereadMs: 50, hintGapMs: 5, aliveMs: 600_000 },
    });
    const beside = ControlBench.openStore(dir);
    const guards = new AcknowledgingGuards(beside, REALM, DATA_CENTERS);
    const others: ControlBench[] = [];
    // In this order, because the last one removes the directory.
    test.after(async () => {
      for (const { node, store: own } of others) {
        await node.close();
        await own.close();
      }
      await guards.close();
      await beside.close();
      await control.close();
    });
    const applied = await control.apply(THREE_CITIES, 0);
    if (applied.status !== 200) throw new Error(JSON.stringify(applied.body));
    for (const name of DATA_CENTERS) {
      const [node, boot] = [`gateway-${name}-1` as NodeId, 'boot-1' as BootId];
      await control.putEdge({ node, boot, dataCenter: name as DataCenterId });
    }
    const bench = new OperationBench({ control, cells, guards, gates, cut }, others, options);
    await eventually(
      'the gateways are known',
      async () => control.node.edges.observation.edges.length === DATA_CENTERS.length,
    );
    return bench;
  }

  async plan(call: PlanCall): Promise<PlanAnswer> {
    return ok(await this.api.post('/v1/plans', call, TOKENS.viewer));
  }

  /** Starts what was planned; the answer whatever it is. */
  post(plan: PlanAnswer, more: object = {}, token: string = TOKENS.operator, key = this.key()): Promise<Answer> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    return this.api.call('/v1/operations', {
      method: 'POST',
      headers,
      token,
      body: JSON.stringify({ plan, ...more }),
    });
  }

  /** Plans and starts; returns the operation's ID. */
  async begin(call: PlanCall, more: object = {}): Promise<string> {
    return ok(await this.post(await this.plan(call), more)).operation.id;
  }

  key(): string {
    this.#keys += 1;
    return `test-key-${this.#keys}`;
  }

  async get(id: string): Promise<OperationView> {
    return ok(await this.api.call(`/v1/operations/${id}`));
  }

  until(id: string, what: string, isTrue: (view: OperationView) => boolean): Promise<OperationView> {
    let last: OperationView | null = null;
    return eventually(
      () => `operation ${what}: ${JSON.stringify(last)}`,
      async () => {
        last = await this.get(id);
        return isTrue(last) ? last : null;
      },
    );
  }

  ended(id: string): Promise<OperationView> {
    return this.until(id, 'ended', ({ outcome }) => outcome !== null);
  }

  /** Plans, starts, waits for the outcome. */
  async run(call: PlanCall, more: object = {}): Promise<OperationView> {
    return this.ended(await this.begin(call, more));
  }

  /** Owners and primaries by run of shards: `80-99 RZ05@sz-a`. */
  async owners(): Promise<string[]> {
    const { shards } = ok(await this.api.call('/v1/table'));
    return shards.map(
      (run: Record<string, string>) =>
        `${run.shards} ${run.owner}@${run.primary} ${run.state}${run.operation === null ? '' : ' held'}`,
    );
  }

  async auditIsWhole(): Promise<boolean> {
    return ok(await this.api.call('/v1/audit/verify')).whole;
  }

  /** Another control node on the same store, as another process has it. */
  async another(name: string, over: Partial<OperationSettings> = {}): Promise<ControlBench> {
    const { gates } = this;
    const operations = { ...FAST, ...this.#options.operations, ...over };
    const bench = await ControlBench.start({
      dir: this.control.dir,
      node: name,
      gates,
      operations,
      edges: { rereadMs: 50, hintGapMs: 5, aliveMs: 600_000 },
    });
    this.#others.push(bench);
    return bench;
  }
}

/** The body of a 200; else an error with all that came. */
// biome-ignore lint/suspicious/noExplicitAny: an answer is looked at by its fields, whatever they are.
export function ok(answer: Answer): any {
  if (answer.status === 200) return answer.body;
  throw new Error(`status ${answer.status}: ${JSON.stringify(answer.body)}`);
}

function gatesOf(
  test: TestContext,
  cells: Readonly<Record<string, DataCenterCells>>,
  cut: ReadonlySet<string>,
  options: OperationBenchOptions,
): GateCalls {
  const http = openGateHttp(null);
  test.after(() => http.close());
  const clients = new Map(
    Object.entries(cells).map(([name, { url }]) => {
      const send: GateSend = async (call) =>
        cut.has(name) || cut.has(`${name} ${call.url.split('/').at(-1)}`)
          ? { kind: 'failed', maySent: false, detail: 'the test cut the line' }
          : http.send(call);
      return [name, new GateClient(url, { send, token: PEER_TOKEN, timeoutMs: 2_000 })];
    }),
  );
  return {
    gateOf: (dataCenter) => clients.get(dataCenter) ?? null,
    acknowledges: () => options.acknowledges ?? 'same-city',
  };
}
