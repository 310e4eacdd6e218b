import { AggregatorRegistry, type Registry } from 'prom-client';

/** One metric of `getMetricsAsJSON`, as far as it is looked at here; the library does the rest. */
interface MetricJson {
  readonly name: string;
  readonly type: string;
}

/** What a registry says of itself, as it goes from one process to another. */
export type MetricsJson = readonly MetricJson[];

/** Types whose values only grow. */
const GROWING = new Set(['counter', 'histogram']);

/**
 * The metrics of several processes as those of one. A worker that ended goes on counting with what it said last: a sum that fell
 * would be taken for a restart, and everything counted since the first start for new.
 */
export class MetricSum {
  #ended: MetricsJson = [];
  readonly #last = new Map<number, MetricsJson>();

  /** What a worker counts at the moment. */
  said(worker: number, metrics: MetricsJson): void {
    this.#last.set(worker, metrics);
  }

  /** The worker is dead: its counters stay, at what they said last, its gauges go. */
  died(worker: number): void {
    const last = this.#last.get(worker);
    this.#last.delete(worker);
    if (last === undefined) return;
    const growing = last.filter(({ type }) => GROWING.has(type));
    this.#ended = jsonOf(aggregate([this.#ended, growing]));
  }

  /**
   * All together with `own`, the parent's. Of a worker that is not among `answered` the counters count by what they said last, its
   * gauges do not: what they say may be long past.
   */
  sum(own: MetricsJson, answered: ReadonlySet<number>): Registry {
    const workers = [...this.#last].map(([worker, metrics]) =>
      answered.has(worker) ? metrics : metrics.filter(({ type }) => GROWING.has(type)),
    );
    return aggregate([own, ...workers, this.#ended]);
  }
}

const aggregate = (all: readonly MetricsJson[]): Registry => AggregatorRegistry.aggregate([...all]);

/** The library's types know nothing of what it makes here: metrics that answer `get` at once. */
function jsonOf(registry: Registry): MetricsJson {
  const metrics = registry.getMetricsAsArray() as unknown as readonly { get(): MetricJson }[];
  return metrics.map((metric) => metric.get());
}
