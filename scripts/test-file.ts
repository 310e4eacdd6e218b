import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RUN_MARK, sessionProcesses } from './session-processes.ts';
import type { Counts, ReportLine } from './test-reporter.ts';

export interface TestLimits {
  /** One test. */
  readonly testMs: number;
  /** One file, with all of its tests. */
  readonly fileMs: number;
  /** From the last test's end to the end of the process, and from there to the end of all that it started. */
  readonly endMs: number;
}

export const TEST_LIMITS: TestLimits = { testMs: 180_000, fileMs: 420_000, endMs: 30_000 };
const LOOK_MS = 100;
const KEPT_CHARACTERS = 30_000;

const REPORTER = fileURLToPath(new URL('./test-reporter.ts', import.meta.url));

export interface FileResult {
  readonly file: string;
  readonly durationMs: number;
  readonly counts: Counts;
  readonly failures: readonly Extract<ReportLine, { kind: 'failed' }>[];
  readonly skipped: readonly Extract<ReportLine, { kind: 'skipped' }>[];
  /** What is wrong with the file as a whole: it ended early, or left something behind. */
  readonly fault: string | null;
  /** What it printed, the last 30,000 characters. */
  readonly output: string;
}

export interface TestFileOptions {
  /** Of this file alone: its report, and whatever its tests put into the temporary directory. */
  readonly directory: string;
  readonly namePattern: string | null;
  readonly signal: AbortSignal;
  readonly limits: TestLimits;
}

/**
 * Runs one test file in a process and session of its own. Node's own runner waits for ever for a file whose process does
 * not end; here a file has a time limit, and must have ended all that it started.
 */
export async function runTestFile(file: string, options: TestFileOptions): Promise<FileResult> {
  const startedAt = performance.now();
  const reportFile = join(options.directory, 'report.jsonl');
  const mark = `${process.pid}-${basename(options.directory)}`;
  const child = spawn(process.execPath, nodeArguments(file, reportFile, options), {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Without Node's own mark, which it finds if this runs in a test itself: the reporter would be ignored.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, TMPDIR: options.directory, [RUN_MARK]: mark },
    detached: true,
  });
  const output = gather(child);
  const why = await ended(child, reportFile, options);
  const session = child.pid ?? 0;
  const left = await leftBehind(session, mark, why === null ? options.limits.endMs : 0);
  const report = readReport(reportFile);
  return {
    file,
    durationMs: performance.now() - startedAt,
    ...report,
    fault: why ?? left ?? faultOf(child, report.isWhole, report.counts),
    output: output(),
  };
}

function nodeArguments(file: string, reportFile: string, { namePattern, limits }: TestFileOptions): string[] {
  const names = namePattern === null ? [] : [`--test-name-pattern=${namePattern}`];
  const report = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${reportFile}`];
  return [...report, `--test-timeout=${limits.testMs}`, ...names, file];
}

function gather(child: ChildProcess): () => string {
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-KEPT_CHARACTERS);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  child.on('error', (error) => keep(error.message));
  return () => output;
}

/** Null when the process ended by itself; else why it was killed. */
async function ended(
  child: ChildProcess,
  reportFile: string,
  { signal, limits }: TestFileOptions,
): Promise<string | null> {
  const startedAt = performance.now();
  let idleSince: number | null = null;
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const now = performance.now();
    idleSince = isIdle(reportFile) ? (idleSince ?? now) : null;
    if (signal.aborted) return killed(child, 'interrupted');
    if (now - startedAt > limits.fileMs) return killed(child, `not finished after ${limits.fileMs / 1000} s`);
    if (idleSince !== null && now - idleSince > limits.endMs) {
      const still = 'a timer, socket or child process is still open';
      return killed(child, `no test runs any more, but its process does not end: ${still}`);
    }
    await pause(LOOK_MS);
  }
  return null;
}

/** Some test has run, and none runs now. */
function isIdle(reportFile: string): boolean {
  const lines = readLines(reportFile);
  const count = (kind: ReportLine['kind']): number => lines.filter((line) => line.kind === kind).length;
  return count('ended') > 0 && count('begun') <= count('ended');
}

function killed(child: ChildProcess, why: string): string {
  child.kill('SIGKILL');
  return why;
}

/** Waits until all processes of the file are gone; after `limitMs` kills them and says which. */
async function leftBehind(session: number, mark: string, limitMs: number): Promise<string | null> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const left = sessionProcesses(session, mark);
    if (left.length === 0) return null;
    if (performance.now() > deadline) {
      for (const { pid } of left) kill(pid);
      return `processes were left behind: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`;
    }
    await pause(LOOK_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

const NO_COUNTS: Counts = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };

function readReport(reportFile: string) {
  const lines = readLines(reportFile);
  const summary = lines.find((line) => line.kind === 'summary');
  return {
    isWhole: summary !== undefined,
    counts: summary?.counts ?? NO_COUNTS,
    failures: lines.filter((line) => line.kind === 'failed'),
    skipped: lines.filter((line) => line.kind === 'skipped'),
  };
}

/** The whole lines so far; the file may still be written to. */
function readLines(reportFile: string): ReportLine[] {
  try {
    const whole = readFileSync(reportFile, 'utf8').split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as ReportLine);
  } catch {
    return [];
  }
}

function faultOf(child: ChildProcess, isWhole: boolean, counts: Counts): string | null {
  const how = child.signalCode ?? `exit code ${child.exitCode}`;
  if (!isWhole) return `its process ended (${how}) before its tests did`;
  const hasFailure = counts.failed > 0 || counts.cancelled > 0;
  return child.exitCode === 0 || hasFailure ? null : `all tests passed, but its process ended with ${how}`;
}
