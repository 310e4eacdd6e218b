import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { judge } from '../../report/judge.ts';
import type { ReportView } from '../../report/report-view.ts';
import { openScenario } from '../../scenario/open-scenario.ts';
import { drillCommand } from '../drill-command.ts';
import { DrillInterrupted } from '../drill-interrupted.ts';
import { runVirtual } from './run-virtual.ts';

const run = { commit: 'test', startedAt: 0 } as const;

/** A move under load; `must` and `timeline` differ. */
const document = (must: string, timeline = "[{atMs: 1000, operate: 'move 80-83 --to RZ01'}]"): string => `
title: A short move
story: Some shards move while their users write.
load:
  - {group: moved, shards: 80-83, writesPerSecond: 20, readsPerSecond: 10}
timeline: ${timeline}
durationMs: 4000
must: [${must}]
`;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ldc-virtual-drill-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function write(t: TestContext, text: string): { readonly folder: string; readonly file: string } {
  const folder = folderOf(t);
  const file = join(folder, 'short-move.yaml');
  writeFileSync(file, text);
  return { folder, file };
}

async function drill(...args: string[]): Promise<{ readonly code: number; readonly said: readonly string[] }> {
  const said: string[] = [];
  const world = { print: (line: string) => void said.push(line), signal: new AbortController().signal };
  return { code: await drillCommand(args, world), said };
}

test('a drill writes page and data, with its seed, what was held, the steps and the epochs', async (t) => {
  const { folder, file } = write(t, document('{failed: {group: all, most: 0}}, {lost: {most: 0}}'));
  const { code, said } = await drill(file, '--seed', '7', '--report', folder);
  assert.equal(code, 0, said.join('\n'));
  const view = JSON.parse(readFileSync(join(folder, 'short-move.json'), 'utf8')) as ReportView;
  assert.deepEqual([view.engine.kind, view.engine.seed, view.passed], ['virtual', 7, true]);
  assert.deepEqual(
    view.steps.map(({ step }) => step),
    ['check', 'drain', 'catchUp', 'promote', 'follow'],
  );
  const { held, failed, sent } = view.figures.find(({ name }) => name === 'moved') ?? { held: 0, failed: 1, sent: 0 };
  assert.ok(held > 0 && failed === 0 && sent >= 115, JSON.stringify({ held, failed, sent }));
  assert.ok(view.epochs.some(({ epoch, processes }) => epoch === 2 && processes === 5));
  assert.match(readFileSync(join(folder, 'short-move.html'), 'utf8'), /in virtual time, seed 7/);
});

test('a claim that cannot hold fails the drill, and is named', async (t) => {
  const { folder, file } = write(t, document('{pause: {group: moved, mostMs: 0}}, {lost: {most: 0}}'));
  const { code, said } = await drill(file, '--report', folder);
  assert.equal(code, 1);
  assert.match(said.join('\n'), /BROKEN pause of writes, users “moved”: \d+ ms \(≤ 0 ms\)/);
  assert.match(said.join('\n'), /FAILED: 1 of 6 statements broken/);
});

test('a statement that is violated is named with what happened, and ends the drill', async (t) => {
  const { file } = write(t, document('{lost: {most: 0}}'));
  const open = openScenario(file);
  const checkers = () => [
    {
      name: 'nobody-writes',
      sentence: 'Nobody writes.',
      watch: ({ fleet }, violate) => fleet.facts.on('executed', ({ entry }) => violate(`${entry.id} was written`)),
    } satisfies import('../../checkers/checker.ts').Checker,
  ];
  const { record, world } = await runVirtual(open, { ...run, seed: 1, checkers });
  assert.equal(world.violations.length, 1);
  const broken = judge(open.scenario, open.topology.shardRule, record).find(({ claim }) =>
    /ownership-protocol/.test(claim),
  );
  assert.equal(broken?.holds, false);
  assert.match(broken?.seen ?? '', /^Nobody writes\. Broken at \d+ ms: moved-0 was written$/);
  assert.match(record.broken ?? '', /it ended when a statement was violated/);
});

test('the same seed gives the same record, another one another', async () => {
  const open = openScenario('data-center-lost');
  const record = async (seed: number): Promise<string> =>
    JSON.stringify((await runVirtual(open, { ...run, seed })).record);
  const first = await record(3);
  assert.equal(await record(3), first);
  assert.notEqual((await record(4)).replace('"seed":4', '"seed":3'), first);
});

test('a virtual drill claims what a live one claims, and the statements besides', async () => {
  const open = openScenario('data-center-lost');
  const { record } = await runVirtual(open, { ...run, seed: 1 });
  const { statements: _, ...seen } = record;
  const live = { ...seen, engine: { ...record.engine, kind: 'live', seed: null } } as const;
  const claims = (of: typeof record): string[] =>
    judge(open.scenario, open.topology.shardRule, of).map(({ claim }) => claim);
  assert.deepEqual(claims(record).slice(1), claims(live));
});

test('a step that never comes, and a command that ends otherwise, fail the drill', async (t) => {
  const timeline = `[{atMs: 1000, operate: 'move 80-83 --to RZ01', expect: aborted},
    {onStep: {operation: 1, step: acknowledge}, kill: control leader}]`;
  const { file } = write(t, document('{lost: {most: 0}}', timeline));
  const { code, said } = await drill(file, '--report', folderOf(t));
  assert.equal(code, 1);
  assert.match(said.join('\n'), /BROKEN operators’ commands ended as expected: ldc move 80-83 --to RZ01: done/);
  assert.match(
    said.join('\n'),
    /BROKEN the drill was carried out as written: step acknowledge of operation 1 never came/,
  );
});

test('format 2 is written when every gateway reads it, and one that is rolled back then cannot read it', async (t) => {
  const upgrade = (atMs: number, name: string, formats = '[1, 2]'): string =>
    `{atMs: ${atMs}, upgrade: process ${name}, readsFormats: ${formats}}`;
  const early = ['control-1', 'gateway-sh-a-1', 'gateway-sh-b-1', 'gateway-hz-a-1', 'gateway-hz-b-1'];
  const timeline = `[${early.map((name) => upgrade(200, name)).join(', ')}, {atMs: 1000, operate: 'move 80-83 --to RZ01'},
    ${upgrade(2000, 'gateway-sz-a-1')}, {atMs: 2500, operate: 'move 80-83 --to RZ05'}, ${upgrade(3500, 'gateway-sh-b-1', '[1]')}]`;
  const { file } = write(t, document('{lost: {most: 0}}', timeline));
  const { said } = await drill(file, '--report', folderOf(t), '--trace');
  const order = said.flatMap(
    (line) => /in format 2|writes epoch [47]|(?<=gateway-sh-b-1 +)table feed: refused/.exec(line)?.[0] ?? [],
  );
  // Three epochs for each move: freeze, grant, release.
  assert.deepEqual(order.slice(0, 6), [
    'writes epoch 4',
    ...['in format 2', 'in format 2', 'in format 2'],
    'writes epoch 7',
    'table feed: refused',
  ]);
});

test('Ctrl-C ends it', async () => {
  const abort = new AbortController();
  abort.abort();
  const open = openScenario('store-lost-an-hour');
  await assert.rejects(runVirtual(open, { ...run, seed: 1, signal: abort.signal }), DrillInterrupted);
  const world = { print: () => {}, signal: abort.signal };
  assert.equal(await drillCommand(['city-lost'], world), 130);
});

test('what cannot be meant is said before anything runs', async (t) => {
  const { file } = write(t, document('{lost: {most: none}}'));
  await assert.rejects(
    drill(file),
    /must\[0\]\.lost\.most: none is not allowed, must be a whole number.*short-move\.yaml:8\)/,
  );
  await assert.rejects(drill('city-lost', '--seed', 'x'), /--seed is "x", must be a whole number from 0/);
  await assert.rejects(drill('city-lost', '--keep'), /--keep is for --live/);
  await assert.rejects(drill('city-lost', '--live', '--seed', '2'), /do not go with --live/);
  await assert.rejects(drill('no-such'), /there is no scenario "no-such"; there are city-lost/);
});
