import { lineInWords, type TraceLine } from '../world/trace.ts';
import type { SeedResult } from './seed-run.ts';
import type { Shrunk } from './shrink.ts';

/** Lines of what led to the violation. */
const LINES = 45;
/** The reference's global shard comes after its hundred. */
const GLOBAL = 100;

/** What a person reads of a violation: seed, commit, sentence, what is left of the schedule, and the last lines about the shard. */
export function explain(result: SeedResult, commit: string, command: string, shrunk: Shrunk | null = null): string {
  const { violation } = shrunk?.result ?? result;
  if (violation === null) return `seed ${result.seed}: nothing is violated\n`;
  const lines = (shrunk?.result ?? result).lines.slice(-LINES);
  const left =
    shrunk === null
      ? []
      : [`it takes (of ${result.planned.length} faults and commands): ${shrunk.kept.join(', ') || 'none of them'}`];
  return [
    `VIOLATED by seed ${result.seed} at ${(violation.atMs / 1000).toFixed(3)} s, commit ${commit}`,
    `  ${violation.checker}: ${violation.sentence}`,
    `  ${violation.detail}`,
    ...left.map((line) => `  ${line}`),
    `  again: ${command}`,
    '',
    `what happened last${aboutWhom(violation.shard)} (virtual time, shard, who, what):`,
    ...lines.map((line: TraceLine) => lineInWords(line)),
    '',
  ].join('\n');
}

function aboutWhom(shard: number): string {
  if (shard === -1) return '';
  return ` to shard ${shard === GLOBAL ? 'G' : String(shard).padStart(2, '0')}, and to all of them`;
}
