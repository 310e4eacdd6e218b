import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type FuzzReport, fuzzLanes } from './fuzz-lanes.ts';
import { FUZZED_LANES } from './fuzzed-lanes.ts';

const USAGE = `npm run fuzz:lanes -- [--messages N] [--seed N] [--seats N] [--lane NAME] [--out FILE]

Sends N generated connections (10,000) to each lane and compares what reaches the cell and what is answered with a strict
reading of RFC 9112. Lists what differs; the same seed draws the same bytes. Ends with 1 if anything differs.`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    seats: { type: 'string', default: '24' },
    lane: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (values.help === true) say(USAGE);
else await main();

async function main(): Promise<void> {
  const lanes = FUZZED_LANES.filter(({ name }) => values.lane === undefined || name === values.lane);
  const startedAt = performance.now();
  const plan = { messages: Number(values.messages), seed: Number(values.seed), seats: Number(values.seats) };
  const report = await fuzzLanes({
    ...plan,
    lanes,
    progress: (done) => {
      if (done % 50_000 === 0) say(`${done} after ${Math.round((performance.now() - startedAt) / 1000)} s`);
    },
  });
  for (const line of listing(report)) say(line);
  say(
    `seed ${plan.seed}, lanes ${lanes.map(({ name }) => name).join(' and ')}, ${Math.round((performance.now() - startedAt) / 1000)} s`,
  );
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify({ ...plan, ...report }, null, 2)}\n`);
  process.exitCode = report.differences.length > 0 ? 1 : 0;
}

function listing({ sent, readings, differences, known }: FuzzReport): string[] {
  return [
    ...differences.map(({ lane, what, bytes, cut }) => `${lane}: ${what}\n  ${JSON.stringify(bytes)}\n  cut at ${cut}`),
    ...Object.entries(known).map(([reason, count]) => `known, ${count} times: ${reason}`),
    `${sent} connections; messages ${Object.entries(readings)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}`,
    `${differences.length} differences`,
  ];
}
