import { type Figure, type FigureUnit, figure, type Target } from '../figure.ts';
import type { Rounds } from './measure.ts';

/** What was measured in one scenario. */
export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly rounds: Rounds;
}

const UNITS: readonly (readonly [suffix: string, unit: FigureUnit])[] = [
  ['µs', 'µs'],
  ['requests/s', 'requests/s'],
];

/** Every value of every peer as a figure; those of our own with the bounds. */
export function figuresOf(results: readonly ScenarioResult[]): Figure[] {
  return results.flatMap(({ name, title, rounds }) =>
    [...rounds].flatMap(([peer, list]) =>
      Object.keys(list[0] ?? {}).map((key) => {
        const unit = UNITS.find(([suffix]) => key.endsWith(suffix))?.[1] ?? 'requests';
        const target = peer === 'ldc-gateway' ? targetOf(name, key, results) : null;
        const values = list.map((round) => round[key] ?? Number.NaN);
        return figure({ name: `${title}: ${peer}, ${key}`, unit, values, ...(target !== null && { target }) });
      }),
    ),
  );
}

/** The bounds that the issue sets, from the same run's medians; null where there is none. */
export function targetOf(scenario: string, key: string, results: readonly ScenarioResult[]): Target | null {
  const nginx = (name: string, what: string): number => medianOf(results, name, 'nginx', what);
  const atMost = (value: number): Target | null => (Number.isFinite(value) ? { bound: 'at most', value } : null);
  if (key === 'all µs' && (scenario === 'get-64' || scenario === 'bare-64')) return atMost(1.2 * nginx(scenario, key));
  if (key === 'all µs' && scenario === 'two-hops-64') return atMost(2 * nginx('get-64', 'all µs'));
  if (key === 'sending µs') return atMost(nginx('get-64', 'all µs'));
  if (key === 'p50 µs' && scenario === 'rate-1000') return atMost(nginx(scenario, key) + 50);
  if (key !== 'MiB per processor second' || scenario !== 'long-64') return null;
  const least = 0.8 * nginx(scenario, key);
  return Number.isFinite(least) ? { bound: 'at least', value: least } : null;
}

/** NaN if it was not measured. */
export function medianOf(results: readonly ScenarioResult[], scenario: string, peer: string, key: string): number {
  const rounds = results.find(({ name }) => name === scenario)?.rounds.get(peer) ?? [];
  const sorted = rounds.map((round) => round[key] ?? Number.NaN).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
