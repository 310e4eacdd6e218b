import type { FileResult } from './test-file.ts';

const SLOWEST = 10;

/** One line for a file that has ended. */
export function fileLine({ file, durationMs, counts, failures, fault }: FileResult): string {
  const verdict = failures.length > 0 || fault !== null ? 'FAIL' : 'ok';
  return `${verdict.padEnd(5)}${seconds(durationMs).padStart(8)}  ${`${counts.tests}`.padStart(4)} tests  ${file}`;
}

/** Every failure in full, with what its file printed; empty without one. */
export function failureText({ file, failures, fault, output }: FileResult): string {
  if (failures.length === 0 && fault === null) return '';
  const parts = failures.map(({ name, line, error }) => `✖ ${file}:${line}\n  ${name}\n${indent(error)}`);
  if (fault !== null) parts.push(`✖ ${file}: ${fault}`);
  if (output.trim() !== '') parts.push(`  what ${file} printed:\n${indent(output.trimEnd())}`);
  return `${parts.join('\n\n')}\n`;
}

export function slowestLines(results: readonly FileResult[]): string[] {
  const slowest = [...results].sort((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST);
  return slowest.map(({ file, durationMs }) => `${seconds(durationMs).padStart(8)}  ${file}`);
}

export function skippedLines(results: readonly FileResult[]): string[] {
  return results.flatMap(({ file, skipped }) => skipped.map(({ name, reason }) => `${file}: ${name}: ${reason}`));
}

/** The same closing lines as Node's test runner; a file that is at fault as a whole counts as one failed test. */
export function closingLines(results: readonly FileResult[], durationMs: number): string[] {
  const sum = (pick: (result: FileResult) => number): number => results.reduce((total, one) => total + pick(one), 0);
  const faults = results.filter(({ fault }) => fault !== null).length;
  return [
    `# tests ${sum(({ counts }) => counts.tests) + faults}`,
    `# suites ${sum(({ counts }) => counts.suites)}`,
    `# pass ${sum(({ counts }) => counts.passed)}`,
    `# fail ${sum(({ counts }) => counts.failed) + faults}`,
    `# cancelled ${sum(({ counts }) => counts.cancelled)}`,
    `# skipped ${sum(({ counts }) => counts.skipped)}`,
    `# todo ${sum(({ counts }) => counts.todo)}`,
    `# duration_ms ${durationMs.toFixed(0)}`,
  ];
}

export function isGood(results: readonly FileResult[]): boolean {
  return results.every(
    ({ counts, failures, fault }) =>
      fault === null && failures.length === 0 && counts.failed === 0 && counts.cancelled === 0,
  );
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}
