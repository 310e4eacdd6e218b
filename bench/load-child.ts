import { createRequire } from 'node:module';
import { percentile } from './statistics.ts';

/** What the load of one round is; the first argument of this program, as JSON. */
export interface LoadPlan {
  readonly url: string;
  /** Their requests follow each other on each connection. */
  readonly userIds: readonly string[];
  readonly connections: number;
  /** For so long, or so many. */
  readonly extent: { readonly seconds: number } | { readonly requests: number };
}

/** What one round did; the line that this program prints, as JSON. */
export interface LoadReport {
  readonly requestsPerSecond: number;
  readonly answered: number;
  /** Answers other than 2xx, errors of connections and time-outs. */
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Generous: an answer as late as this is a failure, not a figure. */
const ANSWER_LIMIT_S = 30;

/** The part of autocannon that is used; the package has no types. */
type Autocannon = (options: object) => PromiseLike<{
  readonly duration: number;
  readonly non2xx: number;
  readonly errors: number;
  readonly timeouts: number;
}> & {
  on(event: 'response', listener: (client: unknown, status: number, bytes: number, ms: number) => void): void;
};

// A process of its own: the load's processor time is then nobody else's.
if (import.meta.main) process.stdout.write(`${JSON.stringify(await load(JSON.parse(process.argv[2] ?? '')))}\n`);

async function load({ url, userIds, connections, extent }: LoadPlan): Promise<LoadReport> {
  const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;
  const requests = userIds.map((userId) => ({ method: 'GET', path: '/whoami', headers: { 'x-user-id': userId } }));
  const limit = 'seconds' in extent ? { duration: extent.seconds } : { amount: extent.requests };
  const run = autocannon({ url, connections, ...limit, timeout: ANSWER_LIMIT_S, requests });
  // autocannon's own histogram knows whole milliseconds only.
  const times: number[] = [];
  run.on('response', (_client, _status, _bytes, ms) => void times.push(ms));
  const { duration, non2xx, errors, timeouts } = await run;
  const sorted = times.sort((a, b) => a - b);
  return {
    requestsPerSecond: sorted.length / duration,
    answered: sorted.length,
    failed: non2xx + errors + timeouts,
    p50Ms: percentile(sorted, 50),
    p99Ms: percentile(sorted, 99),
  };
}
