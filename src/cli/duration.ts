import { usage } from './parse-arguments.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A year. */
const MOST_MS = 366 * 86_400_000;

/** `90s`, `30m`, `1.5h`, `2d` in milliseconds; throws CLI_USAGE. */
export function durationOption(name: string, text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)([smhd])$/.exec(text) ?? [];
  const ms = Math.round(Number(count) * (UNIT_MS[unit] ?? Number.NaN));
  if (ms >= 1_000 && ms <= MOST_MS) return ms;
  throw usage(`--${name} is ${JSON.stringify(text)}, must be a time from 1s to 366d, such as 90s, 30m, 2h`);
}
