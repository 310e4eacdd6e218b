import { type Html, html } from './html.ts';
import { duration } from './judge.ts';
import { seconds } from './page-chart.ts';
import type { NamedFigures, ReportView } from './report-view.ts';

/** Rows beyond it are counted only: the JSON has them all. */
const MOST_ROWS = 40;

export function verdictTable({ verdicts, allowanceMs }: ReportView): Html {
  const inOrder = [...verdicts].sort((a, b) => Number(a.holds) - Number(b.holds));
  const rows = inOrder.map(
    ({ claim, limit, seen, holds }) =>
      html`<tr class="${holds ? '' : 'broken'}"><td class="mark ${holds ? 'yes' : 'no'}">${holds ? '✔ holds' : '✘ broken'}</td><td>${claim}</td><td>${seen}</td><td class="limit">${limit}</td></tr>`,
  );
  const allowance =
    allowanceMs === 0
      ? null
      : html`<p class="soft">Limits of time include ${duration(allowanceMs)} for a machine that does other things, too.</p>`;
  return html`<table class="verdicts"><thead><tr><th>verdict</th><th>what must hold</th><th>seen</th><th>limit</th></tr></thead><tbody>${rows}</tbody></table>${allowance}`;
}

export function figureTable({ figures }: ReportView): Html {
  const head = html`<tr><th>who</th><th class="n">sent</th><th class="n">served</th><th class="n">held</th><th class="n">failed</th><th class="n">pause</th><th class="n">RTO</th><th class="n">p50</th><th class="n">p99</th></tr>`;
  return html`<div class="scroll"><table><thead>${head}</thead><tbody>${figures.map(figureRow)}</tbody></table></div>
<p class="soft">pause: longest time in which writes were sent and none was answered well. RTO: from the first fault until no write failed any more; – : none failed, or there was no fault. Latencies are those of clients, with held time and repeats.</p>`;
}

function figureRow({ of, name, ...own }: NamedFigures): Html {
  const who = of === 'all' ? 'all' : of === 'group' ? `users ${name}` : `door of ${name}`;
  const time = (ms: number | null): string => (ms === null ? '–' : duration(ms));
  const rto =
    own.recoveredMs === null
      ? own.failed > 0
        ? 'never'
        : '–'
      : own.recoveredMs === 0
        ? '–'
        : duration(own.recoveredMs);
  return html`<tr><td class="who">${who}</td><td class="n">${own.sent}</td><td class="n">${own.served}</td><td class="n">${own.held}</td><td class="n">${own.failed}</td><td class="n">${time(own.pauseMs)}</td><td class="n">${rto}</td><td class="n">${time(own.p50Ms)}</td><td class="n">${time(own.p99Ms)}</td></tr>`;
}

/** Faults, commands, steps and ends in the order in which they came. */
export function eventTable(view: ReportView): Html {
  const rows = [
    ...view.faults.map(({ atMs, what, isEnd }) => ({ atMs, kind: isEnd ? 'fault ends' : 'fault', text: what })),
    ...view.commands.map(({ atMs, text }) => ({ atMs, kind: 'command', text })),
    ...view.commands.map(({ endedMs, text, outcome }) => ({
      atMs: endedMs,
      kind: 'command ends',
      text: `${text}: ${outcome}`,
    })),
    ...view.steps.map(({ atMs, operation, step, detail }) => ({
      atMs,
      kind: 'step',
      text: `operation ${operation}: ${step}${detail === '' ? '' : ` (${detail})`}`,
    })),
    ...view.operationEnds.map(({ atMs, operation, outcome, reason }) => ({
      atMs,
      kind: 'ended',
      text: `operation ${operation}: ${outcome}, ${reason}`,
    })),
    ...(view.convergedMs === null
      ? []
      : [{ atMs: view.convergedMs, kind: 'quiet', text: 'one table everywhere, all shards active, nothing held' }]),
  ].sort((a, b) => a.atMs - b.atMs);
  const shown = rows
    .slice(0, MOST_ROWS)
    .map(
      ({ atMs, kind, text }) =>
        html`<tr><td class="n">${seconds(atMs)}</td><td class="who">${kind}</td><td class="text">${text}</td></tr>`,
    );
  return html`<table><thead><tr><th class="n">at</th><th>what</th><th></th></tr></thead><tbody>${shown}</tbody></table>${more(rows.length)}`;
}

export function epochTable({ epochs }: ReportView): Html {
  const shown = epochs
    .slice(-MOST_ROWS)
    .map(
      ({ epoch, firstMs, lastMs, processes }) =>
        html`<tr><td class="n">${epoch}</td><td class="n">${seconds(firstMs)}</td><td class="n">${duration(lastMs - firstMs)}</td><td class="n">${processes}</td></tr>`,
    );
  return html`<table><thead><tr><th class="n">epoch</th><th class="n">first run at</th><th class="n">until the last</th><th class="n">processes</th></tr></thead><tbody>${shown}</tbody></table>${more(epochs.length)}`;
}

export function failureTable({ failures }: ReportView): Html {
  if (failures.length === 0) return html`<p>No request failed.</p>`;
  const rows = failures.map(
    ({ group, detail, count, firstMs, lastMs }) =>
      html`<tr><td class="n">${count}</td><td>${group}</td><td><code>${detail}</code></td><td class="n">${seconds(firstMs)} – ${seconds(lastMs)}</td></tr>`,
  );
  return html`<table><thead><tr><th class="n">count</th><th>users</th><th>last answer</th><th class="n">sent at</th></tr></thead><tbody>${rows}</tbody></table>`;
}

export function ownerTable({ owners }: ReportView): Html {
  const rows = owners
    .slice(0, MOST_ROWS)
    .map(({ shards, unit, dataCenter }) => html`<tr><td>${shards}</td><td>${unit}</td><td>${dataCenter}</td></tr>`);
  return html`<table><thead><tr><th>shards</th><th>owner</th><th>primary</th></tr></thead><tbody>${rows}</tbody></table>${more(owners.length)}`;
}

function more(rows: number): Html | null {
  return rows > MOST_ROWS ? html`<p class="soft">${rows - MOST_ROWS} more are in the JSON file.</p>` : null;
}
