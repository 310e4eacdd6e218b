import type { OperationEndSample, StepSample } from './drill-record.ts';
import { type Html, html } from './html.ts';
import { duration } from './judge.ts';
import { percent, seconds } from './page-chart.ts';
import type { ReportView } from './report-view.ts';

/** Height of one row, in pixels: a line of text and its bar. */
const ROW = 30;
/** More could not be read one by one. */
const MOST_EPOCHS_NAMED = 8;

interface Bar {
  readonly kind: 'fault' | 'command' | 'operation' | 'frozen' | 'epoch';
  readonly fromMs: number;
  readonly toMs: number;
}

interface Row {
  readonly text: string;
  readonly bars: readonly Bar[];
  /** Instants that are marked on the bar. */
  readonly ticks: readonly number[];
}

/** What happened, as bars over the same time as the charts of requests: faults, commands, operations with their steps, epochs. */
export function eventChart(view: ReportView): Html {
  const rows = [...faultRows(view), ...commandRows(view), ...operationRows(view), ...epochRows(view)];
  const shown = rows.map((row, index) => rowOf(row, index * ROW, view));
  return html`<div class="events" style="height:${rows.length * ROW}px">${shown}</div>`;
}

function rowOf({ text, bars, ticks }: Row, top: number, view: ReportView): Html {
  const fromMs = Math.min(...bars.map((bar) => bar.fromMs));
  const toMs = Math.max(...bars.map((bar) => bar.toMs));
  const shown = bars.map(
    (bar) =>
      html`<div class="bar ${bar.kind}" style="top:${top + 17}px;left:${at(bar.fromMs, view)};${extent(bar, view)}"></div>`,
  );
  const marks = ticks.map((ms) => html`<i style="top:${top + 15}px;left:${at(ms, view)}"></i>`);
  return html`<div class="label" title="${text}" style="top:${top}px;${labelPlace(fromMs, toMs, view)}">${text}</div>${shown}${marks}`;
}

/** A bar for each fault; an end that ended nothing is told in the table of events only. */
function faultRows({ faults, spanMs }: ReportView): Row[] {
  return faults
    .filter(({ isEnd }) => !isEnd)
    .map(({ what, atMs }): Row => {
      const end = faults.find((other) => other.isEnd && other.atMs >= atMs && isEndOf(other.what, what));
      const text = end === undefined || end.what === what ? what : `${what}, then ${end.what}`;
      return row(text, { kind: 'fault', fromMs: atMs, toMs: end?.atMs ?? spanMs });
    });
}

/** What was killed is back when it was restarted, with its disks or without. */
function isEndOf(end: string, start: string): boolean {
  const revived = end.startsWith('restart ') ? `kill ${end.slice('restart '.length)}` : end;
  return start === revived || start === `${revived} with its disks`;
}

function commandRows({ commands }: ReportView): Row[] {
  return commands.map(({ text, atMs, endedMs }) => row(text, { kind: 'command', fromMs: atMs, toMs: endedMs }));
}

const row = (text: string, bar: Bar): Row => ({ text, bars: [bar], ticks: [] });

function operationRows({ steps, operationEnds, spanMs }: ReportView): Row[] {
  const numbers = [...new Set(steps.map(({ operation }) => operation))];
  return numbers.map((number) =>
    operationRow(
      steps.filter(({ operation }) => operation === number),
      operationEnds.find(({ operation }) => operation === number),
      spanMs,
    ),
  );
}

/** All its steps, and the time from the freeze to the release in stripes. */
function operationRow(steps: readonly StepSample[], end: OperationEndSample | undefined, spanMs: number): Row {
  const [first] = steps;
  const drain = steps.find(({ step }) => step === 'drain');
  const release = steps.find(({ step }) => step === 'follow' || step === 'ended');
  const lastMs = end?.atMs ?? steps.at(-1)?.atMs ?? spanMs;
  const bars: Bar[] = [{ kind: 'operation', fromMs: first?.atMs ?? 0, toMs: lastMs }];
  const frozenMs = drain === undefined ? null : (release?.atMs ?? lastMs) - drain.atMs;
  if (drain !== undefined) bars.push({ kind: 'frozen', fromMs: drain.atMs, toMs: release?.atMs ?? lastMs });
  const ending = end?.outcome === 'aborted' ? ', aborted' : '';
  const frozen = frozenMs === null ? 'never frozen' : `frozen ${duration(frozenMs)}`;
  const names = steps.map(({ step }) => step).join(' → ');
  const text = `operation ${first?.operation ?? 0} (${first?.operationKind ?? ''}${ending}), ${frozen}: ${names}`;
  return { text, bars, ticks: steps.map(({ atMs }) => atMs) };
}

/** From the first gateway that ran an epoch to the last one. */
function epochRows({ epochs }: ReportView): Row[] {
  if (epochs.length === 0) return [];
  const named = epochs.slice(0, MOST_EPOCHS_NAMED).map(({ epoch, firstMs }) => `${epoch} at ${seconds(firstMs)}`);
  const more = epochs.length > named.length ? `, and ${epochs.length - named.length} more` : '';
  const bars = epochs.map(({ firstMs, lastMs }): Bar => ({ kind: 'epoch', fromMs: firstMs, toMs: lastMs }));
  return [{ text: `epochs of the table: ${named.join(', ')}${more}`, bars, ticks: [] }];
}

/** An instant is a bar that can still be seen. */
function extent({ fromMs, toMs }: Bar, { spanMs }: ReportView): string {
  const [from, to] = [Math.max(0, fromMs) / spanMs, Math.min(toMs, spanMs) / spanMs];
  return `width:${percent(Math.max(to - from, 0.004))}`;
}

/** Above its bar, on the side where there is more room. */
function labelPlace(fromMs: number, toMs: number, view: ReportView): string {
  const isEarly = fromMs < view.spanMs / 2;
  if (isEarly) return `left:${at(fromMs, view)};right:0`;
  return `left:0;text-align:right;right:${percent(1 - Math.min(1, toMs / view.spanMs))}`;
}

function at(ms: number, { spanMs }: ReportView): string {
  return percent(Math.min(1, Math.max(0, ms) / spanMs));
}
