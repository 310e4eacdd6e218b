import type { BootId } from '../../core/ids.ts';
import { guardStatus } from '../../gateway/guard/guard-status.ts';
import type { GatewayMetrics } from '../../gateway/metrics.ts';
import { MetricSum, type MetricsJson } from '../../gateway/workers/metric-sum.ts';
import type { UpMessage } from '../../gateway/workers/worker-message.ts';
import { joinedCells, joinedGuard, joinedPeers, type WorkerStatus } from '../../gateway/workers/worker-status.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { SYSTEM_CLOCK as clock } from '../system-clock.ts';
import { VERSION } from '../version.ts';
import type { ParentCells } from './parent-cells.ts';
import type { ParentStore } from './parent-store.ts';
import type { WorkerCounters } from './worker-metrics.ts';
import type { WorkerProcess } from './worker-process.ts';
import { WorkerQuestions } from './worker-questions.ts';

/** How long a scrape or a look at the status waits for a worker, ms. */
const ANSWER_MS = 1_000;

export interface ParentReportParts {
  readonly config: Pick<GatewayConfig, 'node' | 'dataCenter'>;
  readonly boot: BootId;
  readonly metrics: GatewayMetrics;
  readonly counters: WorkerCounters;
  readonly store: ParentStore;
  readonly cells: ParentCells;
  /** All that are not dead. */
  workers(): readonly WorkerProcess[];
}

/** What the admin port says of a gateway with workers: theirs and the parent's, put together. */
export class ParentReport {
  readonly #parts: ParentReportParts;
  readonly #sum = new MetricSum();
  readonly #questions = new WorkerQuestions(clock, ANSWER_MS);

  constructor(parts: ParentReportParts) {
    this.#parts = parts;
  }

  heard({ id }: WorkerProcess, message: UpMessage): void {
    if (message.kind === 'told') this.#questions.answered(message.id, message.value);
    else if (message.kind === 'last') this.#sum.said(id, message.metrics as MetricsJson);
  }

  died(worker: number): void {
    this.#sum.died(worker);
    this.#questions.died(worker);
  }

  /** For Prometheus; of a worker that is silent what it counted before. */
  async metrics(): Promise<{ readonly type: string; readonly text: string }> {
    const { workers, counters, metrics } = this.#parts;
    const asked = workers().filter(({ state }) => state === 'serving' || state === 'draining');
    const answers = await this.#questions.ask(asked, 'metrics');
    for (const worker of asked) {
      const told = answers.get(worker.id);
      if (worker.state === 'dead') continue;
      if (told === undefined) counters.unanswered();
      else this.#sum.said(worker.id, told as MetricsJson);
    }
    const own = (await metrics.registry.getMetricsAsJSON()) as unknown as MetricsJson;
    const sum = this.#sum.sum(own, new Set(answers.keys()));
    return { type: sum.contentType, text: await sum.metrics() };
  }

  /** As a gateway in one process says it, and each worker for itself. */
  async status(): Promise<unknown> {
    const { config, boot, store, cells, workers } = this.#parts;
    const serving = workers().filter(({ state }) => state === 'serving');
    const answers = (await this.#questions.ask(serving, 'status')) as ReadonlyMap<number, WorkerStatus>;
    const told = [...answers.values()];
    const guard = { ...guardStatus(store.guard, clock), drained: store.drained() };
    return {
      node: config.node,
      boot,
      dataCenter: config.dataCenter,
      version: VERSION,
      table: store.applied,
      guard: joinedGuard(
        guard,
        told.map((one) => one.guard),
      ),
      held: told.reduce((sum, { held }) => sum + held, 0),
      cells: joinedCells(
        cells.pool.status(),
        told.map((one) => one.cells),
      ),
      peers: joinedPeers(told.map(({ peers }) => peers)),
      unavailableCells: [...new Set(told.flatMap(({ unavailableCells }) => unavailableCells))],
      workers: workers().map((worker) => this.#workerStatus(worker, answers.get(worker.id))),
    };
  }

  #workerStatus(worker: WorkerProcess, told: WorkerStatus | undefined): unknown {
    const { id, pid, state } = worker;
    const connections = { door: worker.connections('door'), interlink: worker.connections('interlink') };
    const table = this.#parts.store.ledger.appliedBy(id);
    return { worker: id, pid, state, connections, table, guard: told?.guard ?? null, held: told?.held ?? null };
  }
}
