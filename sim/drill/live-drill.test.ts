import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { processesNaming } from '../../test/support/process-tree.ts';
import type { ReportView } from '../report/report-view.ts';
import { drillCommand } from './drill-command.ts';

/** As data-center-lost, shorter and with limits for a machine that is busy with other tests; what must never happen is as strict. */
const SHORT = `
title: A data center is lost under load, in short
story: One data center is killed with its disks and its shards are taken over; nothing that was acknowledged is lost.
topology: {guardHorizonMs: 800}
load:
  - {group: lost, shards: 80-83, through: [sz-a, sh-a], writesPerSecond: 10, readsPerSecond: 2}
  - {group: others, shards: 00-03, through: [hz-a], writesPerSecond: 5, readsPerSecond: 2}
clients: {timeoutMs: 10000, retries: 40, retryMs: 300}
timeline:
  - {atMs: 1000, kill: dc sz-a, losesDirectory: true}
  - {atMs: 1100, operate: failover dc sz-a --emergency --accept-data-loss --override global-unit-alive, expect: any}
durationMs: 5000
settleMs: 60000
must:
  - lost: {most: 0}
  - failed: {group: others, most: 0}
  - operation: {number: 1, outcome: done}
  - owner: {shards: 80-83, units: [RZ01, RZ03]}
  - converged: {mostMs: 60000}
`;

const directoryIn = (said: readonly string[]): string =>
  /in (\S*ldc-live-drill-\S+)$/m.exec(said.join('\n'))?.[1] ?? '';

test('a data center killed under load: the books balance, the report is there, nothing is left behind', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ldc-drill-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'short-loss.yaml');
  writeFileSync(file, SHORT);
  const said: string[] = [];
  const code = await drillCommand([file, '--live', '--report', folder], {
    print: (line) => void said.push(line),
    signal: new AbortController().signal,
  });
  assert.equal(code, 0, said.join('\n'));
  const view = JSON.parse(readFileSync(join(folder, 'short-loss-live.json'), 'utf8')) as ReportView;
  assert.ok(view.books.acknowledged > 20, said.join('\n'));
  assert.ok(view.faults.some(({ what }) => what === 'kill dc sz-a with its disks'));
  assert.ok(view.steps.some(({ step }) => step === 'promote'));
  assert.match(readFileSync(join(folder, 'short-loss-live.html'), 'utf8'), /✔ Passed/);
  const directory = directoryIn(said);
  assert.notEqual(directory, '');
  assert.equal(existsSync(directory), false);
  assert.deepEqual(processesNaming(directory), []);
});

test('a drill that is interrupted while it starts ends everything, too', async () => {
  const said: string[] = [];
  const abort = new AbortController();
  const print = (line: string): void => {
    said.push(line);
    // Its processes are starting when the first one has its configuration.
    const folder = directoryIn(said);
    if (line.startsWith('starting'))
      void eventually('a process starts', () => processesNaming(folder).length > 0).finally(() => abort.abort());
  };
  assert.equal(await drillCommand(['data-center-lost', '--live'], { print, signal: abort.signal }), 130);
  const directory = directoryIn(said);
  assert.notEqual(directory, '');
  assert.equal(existsSync(directory), false);
  assert.deepEqual(processesNaming(directory), []);
});

// It used to go on as a ghost: the load's end, a minute for the world to become quiet, the books.
test('a drill that is interrupted in the middle of an operation is over at once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ldc-drill-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'long-loss.yaml');
  writeFileSync(file, SHORT.replace('durationMs: 5000', 'durationMs: 600000'));
  const said: string[] = [];
  const abort = new AbortController();
  let abortedAt = Number.POSITIVE_INFINITY;
  const print = (line: string): void => {
    said.push(line);
    if (!line.startsWith('ldc failover')) return;
    abortedAt = performance.now();
    abort.abort();
  };
  assert.equal(await drillCommand([file, '--live', '--report', folder], { print, signal: abort.signal }), 130);
  assert.ok(performance.now() - abortedAt < 20_000, said.join('\n'));
  assert.match(said.at(-1) ?? '', /interrupted; everything is ended/);
  assert.equal(existsSync(directoryIn(said)), false);
  assert.deepEqual(processesNaming(directoryIn(said)), []);
});

test('what cannot run live says why, and what does not exist says what does', async () => {
  const world = {
    print: () => {},
    signal: new AbortController().signal,
  };
  await assert.rejects(drillCommand(['clock-jump', '--live'], world), /cannot run live: the clocks of one process/);
  await assert.rejects(drillCommand(['nothing'], world), /there are city-lost, clock-jump/);
  await assert.rejects(drillCommand(['a', 'b'], world), /one scenario at a time/);
  await assert.rejects(drillCommand(['city-lost', '--seed', '-1'], world), /--seed/);
});
