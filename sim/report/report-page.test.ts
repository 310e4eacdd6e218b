import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openScenario } from '../scenario/open-scenario.ts';
import type { DrillRecord, Sample } from './drill-record.ts';
import { recordOf, writes } from './record.fixture.ts';
import { reportPage } from './report-page.ts';
import { reportView } from './report-view.ts';
import { writeReport } from './write-report.ts';

const { scenario, topology } = openScenario('data-center-lost');
const BROWSER = 'chromium';
const hasBrowser = spawnSync(BROWSER, ['--version'], { timeout: 20_000 }).status === 0;
const BROWSER_LIMIT_MS = 60_000;

function every(stepMs: number, fromMs: number, toMs: number): number[] {
  return Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, index) => fromMs + index * stepMs);
}

const EVENTS: readonly Sample[] = [
  { kind: 'fault', atMs: 2_000, what: 'kill dc sz-a with its disks', isEnd: false },
  {
    kind: 'command',
    atMs: 3_000,
    endedMs: 9_000,
    text: 'ldc failover dc sz-a --emergency --accept-data-loss',
    outcome: 'done',
    expected: 'done',
    asExpected: true,
  },
  ...['check', 'drain', 'choose', 'acknowledge', 'promote', 'follow'].map((step, index): Sample => {
    return { kind: 'step', atMs: 3_100 + index * 400, operation: 1, operationKind: 'emergency', step, detail: '' };
  }),
  ...[3, 4, 5].map((epoch): Sample => ({ kind: 'epoch', atMs: epoch * 1_000, process: 'gateway-hz-a-1', epoch })),
];

/** Two groups through two doors; one has failures from 2 s on and held requests from 3.5 s to 5.1 s. */
const SAMPLES: readonly Sample[] = [
  ...writes(every(50, 0, 10_000), { group: 'others', dataCenter: 'sh-a' }),
  ...writes(every(50, 0, 2_000), { group: 'lost', dataCenter: 'sz-a' }),
  ...writes(every(50, 2_000, 3_500), { group: 'lost', dataCenter: 'sh-a', outcome: 'failed', detail: '503 <b>' }),
  ...writes(every(50, 3_500, 5_100), { group: 'lost', dataCenter: 'sh-a', outcome: 'held', latencyMs: 1_000 }),
  ...writes(every(50, 5_100, 10_000), { group: 'lost', dataCenter: 'sh-a' }),
  ...EVENTS,
];

function page(given: Partial<DrillRecord> = {}): string {
  return reportPage(reportView(scenario, topology.shardRule, recordOf(SAMPLES, given)));
}

test('the page says first whether the drill passed, and what is broken by name', () => {
  assert.match(page(), /<title>passed: data-center-lost<\/title>[\s\S]*✔ Passed/);
  const { books } = recordOf([]);
  const broken = page({ books: { ...books, lost: ['700080 lost-3'] } });
  assert.match(broken, /<title>FAILED: data-center-lost<\/title>/);
  assert.match(broken, /2 of 10 statements broken: acknowledged writes lost \(RPO\): 1/);
  assert.match(broken, /✘ broken/);
});

test('the page needs nothing but itself: no script, no address, and what it shows is escaped', () => {
  const text = page();
  assert.doesNotMatch(text, /<script|<link|<img|<iframe|https?:\/\/|@import|url\((?!#)/);
  assert.match(text, /503 &lt;b&gt;/);
  assert.doesNotMatch(text, /503 <b>/);
});

test('every outcome has a form of its own, not only a colour', () => {
  const text = page();
  for (const word of ['served (light)', '(striped)', 'failed (dark)']) assert.ok(text.includes(word), word);
  assert.ok(text.includes('fill="url(#held)"'));
});

test('an hour of requests makes no larger page than ten seconds', () => {
  const samples = writes(every(100, 0, 3_600_000), { group: 'lost' });
  const view = reportView(scenario, topology.shardRule, recordOf(samples));
  assert.ok(reportPage(view).length < 200_000);
  assert.ok(JSON.stringify(view).length < 100_000);
});

test('the JSON file has what the page shows', (t) => {
  const folder = temporary(t);
  const view = reportView(scenario, topology.shardRule, recordOf(SAMPLES));
  const files = writeReport(view, join(folder, 'deep'), 'x');
  assert.deepEqual(JSON.parse(readFileSync(files.json, 'utf8')), JSON.parse(JSON.stringify(view)));
  assert.equal(view.figures.find(({ name }) => name === 'lost')?.failed, 30);
});

const NO_BROWSER = hasBrowser ? false : 'needs chromium (Debian: apt-get install chromium)';

test('in a browser nothing is wider than the screen, on a desk and on a phone', { skip: NO_BROWSER }, (t) => {
  const folder = temporary(t);
  // Chromium's own windows are never narrower than 500 pixels: a frame is.
  const probe = page().replace(
    '</body>',
    '<script>const d = document.documentElement; d.dataset.wide = [d.scrollWidth, innerWidth].join("/");</script></body>',
  );
  writeFileSync(join(folder, 'page.html'), probe);
  for (const width of [360, 1_200]) {
    const frame = `<iframe id=f width=${width} height=900 src=page.html onload="document.title = f.contentDocument.documentElement.dataset.wide"></iframe>`;
    writeFileSync(join(folder, 'frame.html'), frame);
    const dom = browse(folder, 'frame.html', [
      '--dump-dom',
      '--allow-file-access-from-files',
      '--window-size=1400,1000',
    ]);
    const [, content = '', screen = ''] = /<title>(\d+)\/(\d+)<\/title>/.exec(dom) ?? [];
    assert.equal(Number(screen), width, dom.slice(0, 500));
    assert.ok(Number(content) <= width, `${content} pixels on a screen of ${width}`);
  }
});

function browse(folder: string, file: string, args: readonly string[]): string {
  const own = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(folder, 'profile')}`];
  const options = { encoding: 'utf8', timeout: BROWSER_LIMIT_MS, killSignal: 'SIGKILL' } as const;
  const { stdout, stderr, status } = spawnSync(BROWSER, [...own, ...args, `file://${join(folder, file)}`], options);
  assert.equal(status, 0, stderr);
  return stdout;
}

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ldc-report-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
