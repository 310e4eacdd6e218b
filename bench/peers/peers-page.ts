import { originLine, type PageOrigin } from '../page-origin.ts';
import { amount } from '../result-page.ts';
import { medianOf, type ScenarioResult, targetOf } from './peers-result.ts';

export interface PageFacts extends PageOrigin {
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly seconds: number;
}

/** The Markdown page of one run: a table for each scenario, medians with least and greatest. */
export function peersPage(results: readonly ScenarioResult[], facts: PageFacts): string {
  const { machine, versions, rounds, seconds } = facts;
  const lines = [
    '# The gateway beside its peers',
    '',
    'Made by `npm run bench:peers`; do not edit. Each door has one core, the load and the cells have another. All doors route by the last',
    'two digits of the user ID and add the same headers (`bench/peers/config`). Processor time is user + system of the door’s',
    `process, from /proc. Medians of ${rounds} interleaved rounds of ${seconds} s, in brackets the least and the greatest.`,
    '',
    '![processor time a request](peers.svg)',
    ...results.flatMap((result) => section(result, results)),
    '',
    [originLine(facts), `load before the start ${machine.loadAtStart}`, ...Object.values(versions)].join(' · '),
  ];
  return `${lines.join('\n')}\n`;
}

function section({ name, title, rounds }: ScenarioResult, results: readonly ScenarioResult[]): string[] {
  const keys = [...new Set([...rounds.values()].flatMap((list) => Object.keys(list[0] ?? {})))];
  const row = (peer: string): string =>
    `| ${[peer, ...keys.map((key) => cell(name, peer, key, results))].join(' | ')} |`;
  return [
    ...['', `## ${title}`, '', `| door | ${keys.join(' | ')} |`, `|---|${keys.map(() => '--:').join('|')}|`],
    ...[...rounds.keys()].map(row),
  ];
}

function cell(scenario: string, peer: string, key: string, results: readonly ScenarioResult[]): string {
  const median = medianOf(results, scenario, peer, key);
  if (Number.isNaN(median)) return '';
  const values = (results.find(({ name }) => name === scenario)?.rounds.get(peer) ?? []).map(
    (round) => round[key] ?? 0,
  );
  const spread = `${amount(median)} (${amount(Math.min(...values))} – ${amount(Math.max(...values))})`;
  const target = peer === 'ldc-gateway' ? targetOf(scenario, key, results) : null;
  if (target === null) return spread;
  const isMet = target.bound === 'at most' ? median <= target.value : median >= target.value;
  return `${spread}; ${target.bound === 'at most' ? '≤' : '≥'} ${amount(target.value)}: ${isMet ? 'met' : '**missed**'}`;
}
