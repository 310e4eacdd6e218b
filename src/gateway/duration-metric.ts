import type { Metric, Registry } from 'prom-client';

export interface DurationMetricParts<Label extends string> {
  readonly registry: Registry;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly [Label] | readonly [Label, Label];
  /** Upper bounds in seconds, ascending. */
  readonly buckets: readonly number[];
}

interface Row {
  readonly first: string;
  readonly second: string;
  /** As many as there are buckets, and one for what is above all of them. */
  readonly counts: Float64Array;
  sum: number;
}

/**
 * A Prometheus histogram of durations. To note one is to add to two numbers: the library's own histogram takes a microsecond for it,
 * and this is done for each request.
 */
export class DurationMetric<Label extends string> {
  readonly name: string;
  readonly labelNames: readonly string[];
  readonly #parts: DurationMetricParts<Label>;
  readonly #rows: Row[] = [];

  constructor(parts: DurationMetricParts<Label>) {
    this.#parts = parts;
    this.name = parts.name;
    this.labelNames = parts.labelNames;
    // The registry asks nothing of a metric but its name and `get`; the library's type is that of its own classes.
    parts.registry.registerMetric(this as unknown as Metric);
  }

  observe(seconds: number, first: string, second = ''): void {
    const { buckets } = this.#parts;
    let at = 0;
    while (at < buckets.length && seconds > (buckets[at] as number)) at += 1;
    const row = this.#rowOf(first, second);
    row.counts[at] = (row.counts[at] as number) + 1;
    row.sum += seconds;
  }

  /** What the registry prints. */
  get(): Promise<unknown> {
    const { name, help } = this.#parts;
    return Promise.resolve({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: this.#rows.flatMap((row) => this.#valuesOf(row)),
    });
  }

  reset(): void {
    this.#rows.length = 0;
  }

  #rowOf(first: string, second: string): Row {
    for (const row of this.#rows) if (row.first === first && row.second === second) return row;
    const row = { first, second, counts: new Float64Array(this.#parts.buckets.length + 1), sum: 0 };
    this.#rows.push(row);
    return row;
  }

  #valuesOf({ first, second, counts, sum }: Row): unknown[] {
    const { name, labelNames, buckets } = this.#parts;
    const [one, two] = labelNames;
    const labels = two === undefined ? { [one]: first } : { [one]: first, [two]: second };
    let count = 0;
    const values: unknown[] = [...buckets, '+Inf'].map((le, index) => {
      count += counts[index] as number;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
    });
    values.push(
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    );
    return values;
  }
}
