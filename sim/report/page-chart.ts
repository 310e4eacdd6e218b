import { type Html, html } from './html.ts';
import { duration } from './judge.ts';
import type { Lane } from './lane.ts';
import type { ReportView } from './report-view.ts';

/** Height of the chart of one lane; its width is stretched to the page's. */
const [WIDTH, HEIGHT] = [1_000, 56];
const ROW = 30;

/** Patterns and marks that all charts share; once per page. */
export const CHART_PATTERNS: Html = html`<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>
<pattern id="held" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="#fff"/><rect width="3.5" height="7" fill="#d98e04"/></pattern>
</defs></svg>`;

export const LEGEND: Html = html`<div class="legend">
<span><svg><rect width="26" height="14" fill="#a9c9e8"/></svg> served (light)</span>
<span><svg><rect width="26" height="14" fill="url(#held)"/></svg> held by a gateway, then served (striped)</span>
<span><svg><rect width="26" height="14" fill="#8c1020"/></svg> failed (dark)</span>
</div>`;

/** What happened, as bars over the same time as the charts below. */
export function eventChart(view: ReportView): Html {
  const rows = [...faultBars(view), ...operationBars(view), ...commandBars(view)];
  const bars = rows.map(
    ({ kind, fromMs, toMs, text }, row) =>
      html`<div class="label" style="top:${row * ROW}px;${labelPlace(fromMs, toMs, view)}">${text}</div>
<div class="bar ${kind}" style="top:${row * ROW + 17}px;left:${at(fromMs, view)};${extent(fromMs, toMs, view)}"></div>`,
  );
  return html`<div class="events" style="height:${rows.length * ROW}px">${bars}</div>`;
}

interface Bar {
  readonly kind: 'fault' | 'command' | 'frozen';
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
}

function faultBars({ faults, spanMs }: ReportView): Bar[] {
  const starts = faults.filter(({ isEnd }) => !isEnd);
  const bars = starts.map(({ what, atMs }): Bar => {
    const end = faults.find((other) => other.isEnd && other.what === what && other.atMs >= atMs);
    return { kind: 'fault', fromMs: atMs, toMs: end?.atMs ?? spanMs, text: what };
  });
  const restarts = faults.filter(({ isEnd, what }) => isEnd && !starts.some((start) => start.what === what));
  return [...bars, ...restarts.map(({ what, atMs }): Bar => ({ kind: 'fault', fromMs: atMs, toMs: atMs, text: what }))];
}

/** From the freeze to the release of each operation. */
function operationBars({ steps, operationEnds, spanMs }: ReportView): Bar[] {
  const numbers = [...new Set(steps.map(({ operation }) => operation))];
  return numbers.flatMap((number) => {
    const own = steps.filter(({ operation }) => operation === number);
    const from = own.find(({ step }) => step === 'drain');
    if (from === undefined) return [];
    const release = own.find(({ step }) => step === 'follow' || step === 'ended');
    const toMs = release?.atMs ?? operationEnds.find(({ operation }) => operation === number)?.atMs ?? spanMs;
    const text = `operation ${number}: frozen ${duration(toMs - from.atMs)}`;
    return [{ kind: 'frozen', fromMs: from.atMs, toMs, text } as const];
  });
}

function commandBars({ commands }: ReportView): Bar[] {
  return commands.map(({ text, atMs, endedMs }) => ({ kind: 'command', fromMs: atMs, toMs: endedMs, text }));
}

export function laneChart(lane: Lane, view: ReportView): Html {
  const total = (column: number): number =>
    (lane.served[column] ?? 0) + (lane.held[column] ?? 0) + (lane.failed[column] ?? 0);
  const most = Math.max(1, ...lane.served.map((_, column) => total(column)));
  const width = WIDTH / lane.served.length;
  const bars = lane.served.flatMap((_, column): Html[] => {
    const [failed = 0, held = 0, served = 0] = [lane.failed[column], lane.held[column], lane.served[column]];
    let y = HEIGHT;
    // Failed ones at the bottom: there they can be compared, and few of them still be seen.
    return [bar('#8c1020', failed), bar('url(#held)', held), bar('#a9c9e8', served)].filter((each) => each.html !== '');

    function bar(fill: string, count: number): Html {
      if (count === 0) return { html: '' };
      const height = Math.max(2, (count / most) * (HEIGHT - 4));
      y -= height;
      return html`<rect x="${round(column * width)}" y="${round(y)}" width="${round(width - 0.8)}" height="${round(height)}" fill="${fill}"/>`;
    }
  });
  const marks = [...new Set(view.faults.map(({ atMs }) => atMs))].map((ms) => {
    const x = round((ms / view.spanMs) * WIDTH);
    return html`<line x1="${x}" x2="${x}" y1="0" y2="${HEIGHT}" stroke="#1c2430" stroke-dasharray="3 3" vector-effect="non-scaling-stroke"/>`;
  });
  const label = `${lane.of === 'group' ? 'users' : 'door of'} ${lane.name}: requests over time`;
  return html`<div class="lane">${laneName(lane, view)}<svg role="img" aria-label="${label}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" height="${HEIGHT}">${bars}${marks}</svg></div>`;
}

function laneName(lane: Lane, { figures, lanes }: ReportView): Html {
  const own = figures.find(({ of, name }) => of === lane.of && name === lane.name);
  const perSecond = (1_000 / (lanes[0]?.columnMs ?? 1_000)) * Math.max(...lane.served);
  const failed = own === undefined || own.failed === 0 ? html`none failed` : html`<b>${own.failed} failed</b>`;
  return html`<div class="name"><b>${lane.name}</b><span class="soft">${own?.sent ?? 0} sent, ${own?.held ?? 0} held, ${failed}; up to ${Math.round(perSecond)}/s</span></div>`;
}

/** Times below the charts. */
export function timeAxis({ spanMs }: ReportView): Html {
  const step = niceStep(spanMs);
  const ticks: number[] = [];
  for (let ms = 0; ms < spanMs - step * 0.4; ms += step) ticks.push(ms);
  const marks = [...ticks, spanMs].map((ms) => html`<span style="left:${percent(ms / spanMs)}">${seconds(ms)}</span>`);
  return html`<div class="axis">${marks}</div>`;
}

/** About five marks: there is room for no more on a narrow screen. */
function niceStep(spanMs: number): number {
  const rough = spanMs / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
}

export function seconds(ms: number): string {
  return ms >= 600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 100) / 10} s`;
}

/** An instant is a bar that can still be seen. */
function extent(fromMs: number, toMs: number, { spanMs }: ReportView): string {
  const [from, to] = [Math.max(0, fromMs) / spanMs, Math.min(toMs, spanMs) / spanMs];
  return `width:${percent(Math.max(to - from, 0.004))}`;
}

/** Above its bar, on the side where there is more room. */
function labelPlace(fromMs: number, toMs: number, view: ReportView): string {
  if (fromMs < view.spanMs / 2) return `left:${at(fromMs, view)};right:0`;
  return `left:0;text-align:right;right:${percent(1 - Math.min(1, toMs / view.spanMs))}`;
}

function at(ms: number, { spanMs }: ReportView): string {
  return percent(Math.min(1, Math.max(0, ms) / spanMs));
}

const percent = (share: number): string => `${round(share * 100)}%`;

const round = (value: number): number => Math.round(value * 100) / 100;
