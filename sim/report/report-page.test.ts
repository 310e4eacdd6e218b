import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openScenario } from '../scenario/open-scenario.ts';
import type { DrillRecord, Sample } from './drill-record.ts';
import { every, LOSS, recordOf, writes } from './record.fixture.ts';
import { reportPage } from './report-page.ts';
import { reportView } from './report-view.ts';
import { writeReport } from './write-report.ts';

const { scenario, topology } = openScenario('data-center-lost');

function page(given: Partial<DrillRecord> = {}): string {
  return reportPage(reportView(scenario, topology.shardRule, recordOf(LOSS, given)));
}

test('the page says first whether the drill passed, and what is broken by name', () => {
  assert.match(page(), /<title>passed: data-center-lost<\/title>[\s\S]*✔ Passed/);
  const { books } = recordOf([]);
  const broken = page({ books: { ...books, lost: ['700080 lost-3'] } });
  assert.match(broken, /<title>FAILED: data-center-lost<\/title>/);
  assert.match(broken, /2 of 11 statements broken:<ul><li>acknowledged writes lost \(RPO\): <b>1</);
  assert.match(broken, /✘ broken/);
});

test('the page needs nothing but itself: no script, no address, and what it shows is escaped', () => {
  const text = page();
  assert.doesNotMatch(text, /<script|<link|<img|<iframe|https?:\/\/|@import|url\((?!#)/);
  assert.match(text, /503 &lt;b&gt;/);
  assert.doesNotMatch(text, /503 <b>/);
});

test('a fault lasts until it ends: what was killed, until it was started again', () => {
  const fault = (atMs: number, what: string, isEnd = false): Sample => ({ kind: 'fault', atMs, what, isEnd });
  const faults = [
    fault(1_000, 'kill dc sz-a with its disks'),
    fault(2_000, 'cut dc hz-a – others'),
    fault(3_000, 'cut dc hz-a – others', true),
    fault(6_000, 'restart dc sz-a', true),
  ];
  const view = reportView(scenario, topology.shardRule, recordOf([...faults, ...writes([0])]));
  const bars = [...reportPage(view).matchAll(/class="bar fault" style="[^"]*left:([\d.]+)%;width:([\d.]+)%/g)];
  const ends = bars.map(([, left, width]) => ((Number(left) + Number(width)) * view.spanMs) / 100);
  assert.deepEqual(
    ends.map((ms) => Math.round(ms / 100)),
    [60, 30],
  );
  assert.match(reportPage(view), /kill dc sz-a with its disks, then restart dc sz-a</);
});

test('every outcome has a form of its own, not only a colour', () => {
  const text = page();
  for (const word of ['served (light)', '(striped)', 'failed (dark)']) assert.ok(text.includes(word), word);
  assert.ok(text.includes('fill="url(#held)"'));
  assert.match(text, /users lost: requests over time[^\n]*<path class="pause"/);
});

test('an hour of requests makes no larger page than ten seconds', () => {
  const samples = writes(every(100, 0, 3_600_000), { group: 'lost' });
  const view = reportView(scenario, topology.shardRule, recordOf(samples));
  assert.ok(reportPage(view).length < 200_000);
  assert.ok(JSON.stringify(view).length < 100_000);
});

test('the JSON file has what the page shows', (t) => {
  const folder = temporary(t);
  const view = reportView(scenario, topology.shardRule, recordOf(LOSS));
  const files = writeReport(view, join(folder, 'deep'), 'x');
  assert.deepEqual(JSON.parse(readFileSync(files.json, 'utf8')), JSON.parse(JSON.stringify(view)));
  assert.equal(view.figures.find(({ name }) => name === 'lost')?.failed, 30);
});

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ldc-report-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
