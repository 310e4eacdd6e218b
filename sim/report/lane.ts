import type { RequestSample } from './drill-record.ts';

/** Requests over time: of one shard group, or of the door's data center. Columns are equally long, by the time of sending. */
export interface Lane {
  readonly of: 'group' | 'dataCenter';
  readonly name: string;
  readonly columnMs: number;
  readonly served: readonly number[];
  readonly held: readonly number[];
  readonly failed: readonly number[];
}

/** More could not be told apart on a phone, and each would have too few requests for its height to mean anything. */
const MOST_COLUMNS = 60;

/** A lane for each group in the scenario's order, and for each data center by name. */
export function lanes(requests: readonly RequestSample[], groups: readonly string[], spanMs: number): Lane[] {
  const dataCenters = [...new Set(requests.map(({ dataCenter }) => dataCenter))].sort();
  const columnMs = roundStep(spanMs / MOST_COLUMNS);
  const columns = Math.max(1, Math.ceil(spanMs / columnMs));
  const of = (kind: Lane['of'], name: string, own: readonly RequestSample[]): Lane => ({
    of: kind,
    name,
    columnMs,
    ...counts(own, columnMs, columns),
  });
  return [
    ...groups.map((name) =>
      of(
        'group',
        name,
        requests.filter(({ group }) => group === name),
      ),
    ),
    ...dataCenters.map((name) =>
      of(
        'dataCenter',
        name,
        requests.filter(({ dataCenter }) => dataCenter === name),
      ),
    ),
  ];
}

function counts(
  requests: readonly RequestSample[],
  columnMs: number,
  columns: number,
): Pick<Lane, 'served' | 'held' | 'failed'> {
  const empty = (): number[] => new Array<number>(columns).fill(0);
  const rows = { served: empty(), held: empty(), failed: empty() };
  for (const { atMs, outcome } of requests) {
    const column = Math.min(columns - 1, Math.max(0, Math.floor(atMs / columnMs)));
    const row = rows[outcome];
    row[column] = (row[column] ?? 0) + 1;
  }
  return rows;
}

const MINUTE_MS = 60_000;

/** The next of 1, 2, 2.5, 5, 10 times a power of ten, of milliseconds or of minutes: times that a person can say. */
export function roundStep(atLeastMs: number): number {
  return atLeastMs < MINUTE_MS ? roundNumber(atLeastMs) : Math.ceil(roundNumber(atLeastMs / MINUTE_MS)) * MINUTE_MS;
}

function roundNumber(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= atLeast) ?? atLeast;
}
