import { type Figure, isMet } from './figure.ts';
import { originLine } from './page-origin.ts';
import type { Result } from './result.ts';

export interface FiledResult {
  readonly file: string;
  readonly result: Result;
}

/** `bench/results/README.md`: the newest result of every benchmark, in the given order. */
export function resultPage(results: readonly FiledResult[]): string {
  const head = [
    '# Results',
    '',
    'Made by `npm run bench` from the newest files of this folder; do not edit. How to read it: [../README.md](../README.md).',
  ];
  return `${[...head, ...results.flatMap(section)].join('\n')}\n`;
}

function section({ file, result }: FiledResult): string[] {
  const { title, what, machine, figures } = result;
  return [
    '',
    `## ${title}`,
    '',
    what,
    '',
    '| figure | median | least – most | processor time | rounds | target |',
    '|---|--:|--:|--:|--:|---|',
    ...figures.map(row),
    '',
    `${originLine(result)} · load before the start ${machine.loadAtStart} · [${file}](${file})`,
  ];
}

function row(figure: Figure): string {
  const { name, unit, measured, processor } = figure;
  const processorText = processor === null ? '' : amount(processor.median);
  const cells = [
    name,
    `${amount(measured.median)} ${unit}`,
    `${amount(measured.min)} – ${amount(measured.max)}`,
    processorText,
    String(measured.rounds),
    targetText(figure),
  ];
  return `| ${cells.join(' | ')} |`;
}

function targetText(figure: Figure): string {
  const { target, unit } = figure;
  if (target === null) return '';
  const bound = target.bound === 'at most' ? '≤' : '≥';
  return `${bound} ${target.value} ${unit}: ${isMet(figure) ? 'met' : '**missed**'}`;
}

/** Three digits that count: 0.0123, 1.23, 12.3, 123, 12,345. */
export function amount(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
