import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { committedFile } from './template.ts';

export interface LoadShape {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly bodyBytes: number;
  /** Shards of the users, first and last. */
  readonly shards: readonly [number, number];
  readonly connections: number;
}

export interface WrkReport {
  readonly requests: number;
  readonly us: number;
  readonly bytes: number;
  readonly p50us: number;
  readonly p99us: number;
  /** Failed connections, answers other than 2xx and 3xx, time-outs. */
  readonly bad: number;
}

const GRACE_MS = 20_000;

/**
 * As many requests as a door takes (a closed loop): for processor time and throughput. Its percentiles leave out who had to wait for
 * a free connection, and are not published. Throws on a failed request, unless failures are what is looked for.
 */
export async function wrkLoad(
  url: string,
  shape: LoadShape,
  seconds: number,
  core: number,
  mayFail = false,
): Promise<WrkReport> {
  const { method, path, bodyBytes, shards, connections } = shape;
  const options = [
    '-t',
    '1',
    '-c',
    String(connections),
    '-d',
    `${seconds}s`,
    '--timeout',
    '10s',
    '-s',
    committedFile('load.lua'),
  ];
  const args = [String(shards[0]), String(shards[1]), method, path, String(bodyBytes)];
  const command = ['-c', String(core), 'wrk', ...options, url, '--', ...args];
  const { stdout } = await promisify(execFile)('taskset', command, { timeout: seconds * 1_000 + GRACE_MS });
  const line = /^LDC (.*)$/m.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`wrk did not report:\n${stdout}`);
  const report = JSON.parse(line) as WrkReport;
  if (report.bad > 0 && !mayFail) throw new Error(`${report.bad} of ${report.requests} requests at ${url} failed`);
  return report;
}
