import { amount } from '../result-page.ts';
import { medianOf, type ScenarioResult } from './peers-result.ts';

const WIDTH = 760;
const LABEL = 190;
const BAR = 16;
const GAP = 4;
const TITLE = 30;
const OURS = '#0b6e4f';
const OTHERS = '#9aa5b1';
const FONT = 'font-family="system-ui, sans-serif" font-size="12"';

/** They look like 64 connections; the table has them. Left out, the chart is short enough to be seen at once. */
const ONLY_IN_TABLE: ReadonlySet<string> = new Set(['get-16', 'get-256']);

/** Bars of processor time a request, a group for each main scenario that has it; less is better. */
export function peersChart(results: readonly ScenarioResult[]): string {
  const main = results.filter(({ name }) => !ONLY_IN_TABLE.has(name));
  const groups = (main.length > 0 ? main : results).flatMap(({ name, title, rounds }) => {
    const bars = [...rounds.keys()].map((peer) => ({ peer, us: medianOf(results, name, peer, 'all µs') }));
    return bars.some(({ us }) => Number.isFinite(us)) ? [{ title, bars }] : [];
  });
  const most = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ us }) => us)));
  const parts: string[] = [];
  let y = 24;
  for (const { title, bars } of groups) {
    parts.push(text(8, y, title, 'font-weight="bold"'));
    y += 10;
    for (const { peer, us } of bars) {
      const length = Math.max(1, ((WIDTH - LABEL - 90) * us) / most);
      parts.push(text(LABEL - 8, y + 12, peer, 'text-anchor="end"'));
      parts.push(
        `<rect x="${LABEL}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" fill="${peer === 'ldc-gateway' ? OURS : OTHERS}"/>`,
      );
      parts.push(text(LABEL + length + 6, y + 12, `${amount(us)} µs`));
      y += BAR + GAP;
    }
    y += TITLE;
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="processor time a request, microseconds">`;
  return `${[head, `<rect width="${WIDTH}" height="${y}" fill="#fff"/>`, ...parts, '</svg>'].join('\n')}\n`;
}

function text(x: number, y: number, words: string, more = ''): string {
  const safe = words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y}" ${FONT} fill="#1f2933" ${more}>${safe}</text>`;
}
