import { type Html, html } from './html.ts';
import { duration } from './judge.ts';
import { type Lane, roundStep } from './lane.ts';
import type { ReportView } from './report-view.ts';

/** Height of the chart of one lane, in pixels; its width is stretched to the page's. */
const [WIDTH, HEIGHT] = [1_000, 56];

/**
 * What all charts share; once per page. Stripes lie, because charts are stretched sideways: upright ones would be a blur on a
 * phone.
 */
export const CHART_PATTERNS: Html = html`<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>
<pattern id="held" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#fff"/><rect width="6" height="3" fill="#b86e00"/></pattern>
</defs></svg>`;

const FILLS = { failed: '#8c1020', held: 'url(#held)', served: '#7fb0dc' } as const;

/** Least height: of what is striped, a stripe and a gap. */
const LEAST = { failed: 3, held: 6, served: 2 } as const;

export const LEGEND: Html = html`<div class="legend">
<span><svg aria-hidden="true" data-of="served"><rect width="26" height="14" fill="${FILLS.served}"/></svg> served (light)</span>
<span><svg aria-hidden="true" data-of="held"><rect width="26" height="14" fill="${FILLS.held}"/></svg> held by a gateway, then served (striped)</span>
<span><svg aria-hidden="true" data-of="failed"><rect width="26" height="14" fill="${FILLS.failed}"/></svg> failed (dark)</span>
</div>`;

type Outcome = keyof typeof FILLS;
/** Failed ones at the bottom: there they can be compared, and few of them still be seen. */
const FROM_BELOW: readonly Outcome[] = ['failed', 'held', 'served'];

/** Requests of one lane over time, one bar for each column, with the faults as dashed lines. */
export function laneChart(lane: Lane, view: ReportView): Html {
  const totals = lane.served.map((_, column) => FROM_BELOW.reduce((sum, each) => sum + (lane[each][column] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const bars = lane.served.flatMap((_, column) => columnBars(lane, column, { most, spanMs: view.spanMs }));
  const marks = [...new Set(view.faults.map(({ atMs }) => atMs))].map((ms) => {
    const x = round((Math.max(0, ms) / view.spanMs) * WIDTH);
    return html`<line x1="${x}" x2="${x}" y1="0" y2="${HEIGHT}" stroke="#1c2430" stroke-dasharray="3 3" vector-effect="non-scaling-stroke"/>`;
  });
  const load = html`<rect class="load" width="${round((view.loadEndedMs / view.spanMs) * WIDTH)}" height="${HEIGHT}" fill="#eef1f5"/>`;
  const label = `${lane.of === 'group' ? 'users' : 'door of'} ${lane.name}: requests over time`;
  return html`<div class="lane">${laneName(lane, view, most)}<svg role="img" aria-label="${label}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" height="${HEIGHT}">${load}${bars}${marks}${pauseMark(lane, view)}</svg></div>`;
}

/** Shorter ones are told by the figures only. */
export const LEAST_PAUSE_MS = 500;

/** The longest pause of writes, as a line above the columns: where requests waited they stand as if they had been served at once. */
function pauseMark(lane: Lane, { figures, spanMs }: ReportView): Html | null {
  const own = figures.find(({ of, name }) => of === lane.of && name === lane.name);
  if (lane.of !== 'group' || own?.pauseMs == null || own.pauseFromMs == null || own.pauseMs < LEAST_PAUSE_MS)
    return null;
  const [from, to] = [own.pauseFromMs, own.pauseFromMs + own.pauseMs].map((ms) => round((ms / spanMs) * WIDTH));
  return html`<path class="pause" d="M${from ?? 0} 7V1H${to ?? 0}V7" fill="none" stroke="#1c2430" stroke-width="2" vector-effect="non-scaling-stroke"/>`;
}

function columnBars(
  lane: Lane,
  column: number,
  { most, spanMs }: { readonly most: number; readonly spanMs: number },
): Html[] {
  const perMs = WIDTH / spanMs;
  const [x, end] = [column * lane.columnMs * perMs, Math.min(WIDTH, (column + 1) * lane.columnMs * perMs)];
  let y = HEIGHT;
  return FROM_BELOW.flatMap((outcome): Html[] => {
    const count = lane[outcome][column] ?? 0;
    if (count === 0) return [];
    const height = Math.max(LEAST[outcome], (count / most) * (HEIGHT - 10));
    y -= height;
    return [
      html`<rect class="${outcome}" x="${round(x)}" y="${round(y)}" width="${round(Math.max(1, end - x - 1.5))}" height="${round(height)}" fill="${FILLS[outcome]}"/>`,
    ];
  });
}

function laneName(lane: Lane, { figures }: ReportView, most: number): Html {
  const own = figures.find(({ of, name }) => of === lane.of && name === lane.name);
  const perSecond = Math.round((1_000 / lane.columnMs) * most);
  const failed = own === undefined || own.failed === 0 ? html`none failed` : html`<b>${own.failed} failed</b>`;
  const pause =
    lane.of === 'group' && (own?.pauseMs ?? 0) >= LEAST_PAUSE_MS
      ? `, writes paused ${duration(own?.pauseMs ?? 0)}`
      : '';
  return html`<div class="name"><b>${lane.name}</b><span class="soft">${own?.sent ?? 0} sent, ${own?.held ?? 0} held, ${failed}${pause}; up to ${perSecond}/s</span></div>`;
}

/** Times below the charts. */
export function timeAxis({ spanMs }: ReportView): Html {
  // About five marks: there is room for no more on a narrow screen.
  const step = roundStep(spanMs / 5);
  const ticks: number[] = [];
  for (let ms = 0; ms < spanMs - step * 0.75; ms += step) ticks.push(ms);
  const marks = [...ticks, spanMs].map((ms) => html`<span style="left:${percent(ms / spanMs)}">${seconds(ms)}</span>`);
  return html`<div class="axis">${marks}</div>`;
}

export function seconds(ms: number): string {
  return ms >= 600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 100) / 10} s`;
}

export const percent = (share: number): string => `${round(share * 100)}%`;

const round = (value: number): number => Math.round(value * 100) / 100;
