import { duration, verdictLine } from '../report/judge.ts';
import type { NamedFigures, ReportView } from '../report/report-view.ts';

/** What the terminal shows of a drill: the figures of each group, verdicts (what is broken first), and the outcome last. Pure. */
export function drillSummary({ verdicts, passed, figures }: ReportView): readonly string[] {
  const broken = verdicts.filter(({ holds }) => !holds);
  const lines = (mark: string, some: ReportView['verdicts']): string[] =>
    some.map((verdict) => `  ${verdictLine(mark, verdict)}`);
  const groups = figures.filter((each) => each.of === 'group');
  const width = Math.max(0, ...groups.map(({ name }) => name.length));
  return [
    ...groups.map((group) => `  ${group.name.padEnd(width)}  ${figuresInWords(group)}`),
    ...lines('BROKEN', broken),
    ...lines(
      'holds ',
      verdicts.filter(({ holds }) => holds),
    ),
    passed
      ? `passed: all ${verdicts.length} statements hold`
      : `FAILED: ${broken.length} of ${verdicts.length} statements broken`,
  ];
}

/** `300 requests: 281 served, 19 held, 0 failed; pause 4.21 s, RTO 4.30 s, p50 41 ms, p99 3.90 s`. */
function figuresInWords({ sent, served, held, failed, pauseMs, recoveredMs, p50Ms, p99Ms }: NamedFigures): string {
  const times = [
    ['pause', pauseMs],
    ['RTO', recoveredMs],
    ['p50', p50Ms],
    ['p99', p99Ms],
  ] as const;
  const told = times.flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${duration(ms)}`]));
  return `${sent} requests: ${served} served, ${held} held, ${failed} failed; ${told.join(', ')}`;
}
