import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** One line of a test file's report, as JSON. */
export type ReportLine =
  /** A test began or ended, as it happens; the other lines may come later, in the order of the file. */
  | { readonly kind: 'begun' | 'ended' }
  | { readonly kind: 'failed'; readonly name: string; readonly line: number; readonly error: string }
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string }
  | { readonly kind: 'summary'; readonly counts: Counts };

export interface Counts {
  readonly tests: number;
  readonly suites: number;
  readonly passed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly todo: number;
}

/** Reporter of one test file (`--test-reporter`): what is worth reading, as lines of JSON for scripts/test-file.ts. */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names: string[] = [];
  for await (const event of source) {
    if (event.type === 'test:start') {
      names.length = event.data.nesting;
      names.push(event.data.name);
    }
    const line = lineOf(event, names);
    if (line !== null) yield `${JSON.stringify(line)}\n`;
  }
}

function lineOf(event: TestEvent, names: readonly string[]): ReportLine | null {
  if (event.type === 'test:dequeue') return { kind: 'begun' };
  if (event.type === 'test:complete') return { kind: 'ended' };
  if (event.type === 'test:summary') return { kind: 'summary', counts: event.data.counts as unknown as Counts };
  if (event.type !== 'test:fail' && event.type !== 'test:pass') return null;
  const { name, nesting, line = 0, skip } = event.data;
  const path = [...names.slice(0, nesting), name].join(' › ');
  if (skip !== undefined && skip !== false) return { kind: 'skipped', name: path, reason: skip === true ? '' : skip };
  if (event.type === 'test:pass' || event.data.todo !== undefined) return null;
  const failure = event.data.details.error as Error & { failureType?: string };
  // A suite fails because a test of it did, which has its own line.
  if (failure.failureType === 'subtestsFailed') return null;
  return { kind: 'failed', name: path, line, error: inspect(failure.cause ?? failure, { depth: 6 }) };
}
