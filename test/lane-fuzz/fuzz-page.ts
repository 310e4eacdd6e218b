import { originLine, type PageOrigin } from '../../bench/page-origin.ts';
import type { FuzzReport } from './fuzz-lanes.ts';

export interface FuzzFacts extends PageOrigin {
  readonly seeds: readonly number[];
}

/** Rows of what is counted apart; the rest is one row. */
const MAX_ROWS = 16;
const number = (value: number): string => value.toLocaleString('en-US');

/** Several runs as one. */
export function joinReports(reports: readonly FuzzReport[]): FuzzReport {
  const sum = (of: (report: FuzzReport) => Readonly<Record<string, number>>): Record<string, number> => {
    const total: Record<string, number> = {};
    for (const report of reports)
      for (const [key, count] of Object.entries(of(report))) total[key] = (total[key] ?? 0) + count;
    return total;
  };
  return {
    sent: reports.reduce((total, { sent }) => total + sent, 0),
    readings: sum(({ readings }) => readings),
    differences: reports.flatMap(({ differences }) => differences),
    known: sum(({ known }) => known),
  };
}

/** The Markdown page of what was sent, how it was read, and what differed. */
export function fuzzPage(report: FuzzReport, facts: FuzzFacts): string {
  const { sent, readings, differences, known } = report;
  const messages = Object.values(readings).reduce((total, count) => total + count, 0);
  const kinds = Object.entries(readings).map(([kind, count]) => `${kind} ${number(count)}`);
  const all = Object.entries(known).sort(([, one], [, other]) => other - one);
  const [rows, rest] = [all.slice(0, MAX_ROWS), all.slice(MAX_ROWS)];
  if (rest.length > 0)
    rows.push([`${rest.length} kinds more, each rarer`, rest.reduce((total, [, count]) => total + count, 0)]);
  const lines = [
    '# Both lanes beside a strict reading of RFC 9112',
    '',
    'Made by `npm run fuzz:lanes -- --page FILE`; do not edit. Each generated connection (one to three messages, many of them broken, then a',
    'last good one; cut in two at a random place; with a third, the client ends its side behind them) goes to the fast and to the general lane. What their cell got, byte by byte, and what their',
    'client got is compared with what a strict reader of its own makes of the same bytes (`test/lane-fuzz`).',
    '',
    `- **${number(messages)} messages** on ${number(sent)} connections to each lane (${kinds.join(', ')})`,
    `- **${number(differences.length)} differences**; crashes: 0, or there would be no page`,
    `- seeds ${facts.seeds.join(', ')}`,
    '',
    'Counted apart: what the general lane does because `node:http` has parsed the message before it (docs/message-rules.md, and',
    '`test/lane-fuzz/fuzzed-lanes.ts`; it does exactly what a reader with these habits does), and where the lanes differ in what the RFC leaves open.',
    '',
    '| counted apart | times |',
    '|---|--:|',
    ...rows.map(([reason, count]) => `| ${reason.replaceAll('|', '\\|')} | ${number(count)} |`),
    '',
    originLine(facts),
  ];
  return `${lines.join('\n')}\n`;
}
