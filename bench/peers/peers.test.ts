import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { machineFacts } from '../machine.ts';
import { openLoop } from './open-loop.ts';
import { peersChart } from './peers-chart.ts';
import { peersPage } from './peers-page.ts';
import { figuresOf, medianOf, type ScenarioResult, targetOf } from './peers-result.ts';
import { writeFromTemplate } from './template.ts';

const round = (us: number, perSecond: number) => ({ 'door µs': us, 'all µs': us, 'requests/s': perSecond });
const RESULTS: readonly ScenarioResult[] = [
  {
    name: 'get-64',
    title: 'small GET',
    rounds: new Map([
      ['nginx', [round(20, 40_000), round(22, 41_000), round(30, 30_000)]],
      ['ldc-gateway', [round(25, 39_000), round(24, 38_000), round(40, 20_000)]],
    ]),
  },
];

test('our processor time is bound by nginx’s of the same run', () => {
  assert.equal(medianOf(RESULTS, 'get-64', 'nginx', 'all µs'), 22);
  const target = targetOf('get-64', 'all µs', RESULTS);
  assert.equal(target?.bound, 'at most');
  assert.ok(Math.abs((target?.value ?? 0) - 26.4) < 1e-9);
  assert.equal(targetOf('get-16', 'all µs', RESULTS), null);
  assert.equal(figuresOf(RESULTS).filter((figure) => figure.target !== null).length, 1);
});

test('page and chart name every door with its median', () => {
  const facts = {
    at: '2026-01-02T03:04:05Z',
    command: 'x',
    machine: machineFacts(),
    rounds: 3,
    seconds: 1,
    versions: {},
  };
  const page = peersPage(RESULTS, { ...facts, source: { commit: 'abc', isCommitted: true } });
  assert.match(page, /\| nginx \| 22\.0 \(20\.0 – 30\.0\) \|/);
  assert.match(page, /\| ldc-gateway \|.*25\.0 \(24\.0 – 40\.0\); ≤ 26\.4: met/);
  const chart = peersChart(RESULTS);
  for (const words of ['nginx', 'ldc-gateway', '22.0 µs', '25.0 µs']) assert.ok(chart.includes(words), words);
});

test('the chart leaves out what looks like 64 connections, unless it is all there is', () => {
  const few = RESULTS.map((result) => ({ ...result, name: 'get-16', title: 'few connections' }));
  assert.doesNotMatch(peersChart([...RESULTS, ...few]), /few connections/);
  assert.match(peersChart(few), /few connections/);
});

test('a configuration with a hole in it is not written', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ldc-template-'));
  try {
    const file = join(directory, 'rules.yaml');
    assert.throws(
      () => writeFromTemplate('rules.yaml', file, { RZ01: 1, RZ02: 2 }),
      /nothing to fill \{\{RZ03\}\} with/,
    );
    writeFromTemplate('rules.yaml', file, { RZ01: 1, RZ02: 2, RZ03: 3, MORE_IDENTITY: '' });
    assert.match(readFileSync(file, 'utf8'), /127\.0\.0\.1:3'/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('requests that wait behind a slow answer are as slow as their users find them', { timeout: 60_000 }, async (t) => {
  // One connection, a request every 5 ms, and each answer takes 20: the later ones wait longer and longer.
  const server = createServer((_request, response) => {
    setTimeout(() => response.end('ok'), 20);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const plan = { port, perSecond: 200, seconds: 0.5, connections: 1, shards: [0, 79] } as const;
  const { answered, p99us } = await openLoop(plan);
  assert.equal(answered, 100);
  // 100 answers of 20 ms one after the other, the last request due after half a second.
  assert.ok(p99us > 1_000_000, `${p99us}`);
});
