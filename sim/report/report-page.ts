import { type Html, html } from './html.ts';
import { duration } from './judge.ts';
import { CHART_PATTERNS, LEGEND, laneChart, seconds, timeAxis } from './page-chart.ts';
import { eventChart } from './page-events.ts';
import { PAGE_STYLE } from './page-style.ts';
import { epochTable, eventTable, failureTable, figureTable, ownerTable, verdictTable } from './page-tables.ts';
import type { ReportView } from './report-view.ts';

/** One page that needs nothing else: no network, no script. Verdict and figures first, then the time line, then the details. */
export function reportPage(view: ReportView): string {
  const { scenario, passed } = view;
  const title = `${passed ? 'passed' : 'FAILED'}: ${scenario.name}`;
  const groups = view.lanes.filter(({ of }) => of === 'group');
  const dataCenters = view.lanes.filter(({ of }) => of === 'dataCenter');
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${{ html: PAGE_STYLE }}</style></head><body>${CHART_PATTERNS}<main>
<p class="soft">drill ${scenario.name}, ${engineWords(view)}</p>
<h1>${scenario.title}</h1>
${banner(view)}
${inShort(view)}
${tiles(view)}
<h2>Time line</h2>${LEGEND}
<div class="chart">${eventChart(view)}${groups.map((lane) => laneChart(lane, view))}</div>
${timeAxis(view)}
<p class="soft">By users. Dashed lines: a fault begins or ends. Striped in the bars above: from freeze to release. Bracket over the columns: the longest time in which no write was answered well. Each column is ${duration(view.lanes[0]?.columnMs ?? 0)} long; a request stands where it was sent.</p>
<h2>What must hold</h2>${verdictTable(view)}
<h2>Time line by the door’s data center</h2>${LEGEND}
<div class="chart">${dataCenters.map((lane) => laneChart(lane, view))}</div>
${timeAxis(view)}
<h2>Figures</h2>${figureTable(view)}
<h2>What failed</h2>${failureTable(view)}
<h2>What happened</h2>${eventTable(view)}
<h2>Epochs</h2>${epochTable(view)}
<h2>Where the shards are at the end</h2>${ownerTable(view)}
<h2>Scenario</h2><p>${scenario.story}</p>
<footer>${footer(view)}</footer>
</main></body></html>
`;
  return page.html;
}

function engineWords({ engine }: ReportView): string {
  if (engine.kind === 'live') return `against real processes${engine.factor === 1 ? '' : `, times × ${engine.factor}`}`;
  return `in virtual time${engine.seed === null ? '' : `, seed ${engine.seed}`}`;
}

function banner({ passed, verdicts }: ReportView): Html {
  const broken = verdicts.filter(({ holds }) => !holds);
  const list = broken.map(({ claim, seen, limit }) => html`<li>${claim}: <b>${seen}</b> (${limit})</li>`);
  const words = passed
    ? html`<strong>✔ Passed</strong><br>All ${verdicts.length} statements hold.`
    : html`<strong>✘ Failed</strong><br>${broken.length} of ${verdicts.length} statements broken:<ul>${list}</ul>`;
  return html`<div class="banner ${passed ? 'passed' : 'failed'}">${words}</div>`;
}

const MOST_TOLD = 6;

/** What was done to the world, in one sentence. */
function inShort({ faults, commands }: ReportView): Html {
  const withEnds = faults.length + commands.length <= MOST_TOLD;
  const events = [
    ...faults
      .filter(({ isEnd }) => withEnds || !isEnd)
      .map(({ atMs, what, isEnd }) => ({
        atMs,
        text: isEnd && !what.startsWith('restart ') ? `end of ${what}` : what,
      })),
    ...commands.map(({ atMs, text, outcome }) => ({ atMs, text: `${text} (${outcome.split(':')[0]})` })),
  ].sort((a, b) => a.atMs - b.atMs);
  const told = events.slice(0, MOST_TOLD).map(({ atMs, text }) => `${seconds(atMs)}: ${text}`);
  const more = events.length > MOST_TOLD ? [`${events.length - MOST_TOLD} more below`] : [];
  return html`<p>${[...told, ...more].join(' · ')}</p>`;
}

/** The figures that a person asks for first; of the users who had it worst. */
function tiles({ figures, books }: ReportView): Html {
  const all = figures.find(({ of }) => of === 'all');
  const groups = figures.filter(({ of }) => of === 'group');
  const worst = [...groups].sort((a, b) => (b.pauseMs ?? 0) - (a.pauseMs ?? 0))[0];
  const slowest = [...groups].sort((a, b) => (b.recoveredMs ?? 0) - (a.recoveredMs ?? 0))[0];
  const rto = slowest?.recoveredMs ?? 0;
  const time = (ms: number | null | undefined): string => (ms == null ? '–' : duration(ms));
  return html`<div class="tiles">
${tile(time(worst?.pauseMs), `longest pause of writes${worst === undefined ? '' : `, users “${worst.name}”`}`)}
${tile(rto === 0 ? '–' : duration(rto), rto === 0 ? 'RTO: no write failed' : `RTO: served again for good, users “${slowest?.name ?? ''}”`)}
${tile(String(books.lost.length), `writes lost (RPO) of ${books.acknowledged} acknowledged`)}
${tile(String(all?.failed ?? 0), `requests failed of ${all?.sent ?? 0}`)}
${tile(String(all?.held ?? 0), 'requests held, then served')}
${tile(time(all?.p50Ms), 'latency p50, waiting included')}
${tile(time(all?.p99Ms), 'latency p99, waiting included')}
</div>`;
}

function tile(figure: string, words: string): Html {
  return html`<div class="tile"><b>${figure}</b><span>${words}</span></div>`;
}

function footer({ engine, scenario, books }: ReportView): string {
  const { kind, seed, commit, version, machine, startedAt } = engine;
  const again = kind === 'live' ? '--live' : seed === null ? '' : `--seed ${seed}`;
  const store = scenario.topology.store.kind;
  const unknown = `${books.unknown} writes whose client was told nothing`;
  return `ldc-gateway ${version}, commit ${commit}; ${machine}; begun ${new Date(startedAt).toISOString()}; store ${store}, guard horizon ${scenario.topology.guardHorizonMs} ms, acknowledged by ${scenario.topology.acknowledge} copies; ${unknown}. Again: ldc drill ${scenario.name} ${again}`.trim();
}
