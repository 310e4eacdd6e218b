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

const COLUMNS = 120;

/** A lane for each group in the scenario's order, and for each data center by name. */
export function lanes(requests: readonly RequestSample[], groups: readonly string[], spanMs: number): Lane[] {
  const dataCenters = [...new Set(requests.map(({ dataCenter }) => dataCenter))].sort();
  return [
    ...groups.map((name) =>
      lane(
        'group',
        name,
        requests.filter(({ group }) => group === name),
        spanMs,
      ),
    ),
    ...dataCenters.map((name) =>
      lane(
        'dataCenter',
        name,
        requests.filter(({ dataCenter }) => dataCenter === name),
        spanMs,
      ),
    ),
  ];
}

function lane(of: Lane['of'], name: string, requests: readonly RequestSample[], spanMs: number): Lane {
  const columnMs = spanMs / COLUMNS;
  const empty = (): number[] => new Array<number>(COLUMNS).fill(0);
  const counts = { served: empty(), held: empty(), failed: empty() };
  for (const { atMs, outcome } of requests) {
    const column = Math.min(COLUMNS - 1, Math.max(0, Math.floor(atMs / columnMs)));
    const row = counts[outcome];
    row[column] = (row[column] ?? 0) + 1;
  }
  return { of, name, columnMs, ...counts };
}
