import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machineFacts } from '../../bench/machine.ts';
import { sourceState } from '../../bench/source-state.ts';
import { type FuzzReport, fuzzLanes } from './fuzz-lanes.ts';
import { fuzzPage, joinReports } from './fuzz-page.ts';
import { FUZZED_LANES } from './fuzzed-lanes.ts';

const USAGE = `npm run fuzz:lanes -- [--messages N] [--seed N] [--times N] [--seats N] [--lane NAME] [--page FILE] [--out FILE]

Sends N generated connections (10,000) to each lane and compares what reaches the cell and what is answered with a strict
reading of RFC 9112. Lists what differs; the same seed draws the same bytes. Ends with 1 if anything differs. --times: so often, with seeds that
are a million apart. --page writes the sums as Markdown, --out everything as JSON.
A million connections: npm run fuzz:lanes -- --messages 50000 --seed 1000000 --times 20 --page bench/results/lane-fuzz.md`;

const SEED_STEP = 1_000_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    times: { type: 'string', default: '1' },
    seats: { type: 'string', default: '24' },
    lane: { type: 'string' },
    page: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (values.help === true) say(USAGE);
else await main();

async function main(): Promise<void> {
  const lanes = FUZZED_LANES.filter(({ name }) => values.lane === undefined || name === values.lane);
  const [at, source] = [new Date().toISOString(), sourceState(ROOT)];
  const seeds = Array.from({ length: Number(values.times) }, (_, turn) => Number(values.seed) + turn * SEED_STEP);
  const plan = { messages: Number(values.messages), seats: Number(values.seats), lanes, progress: () => undefined };
  const reports: FuzzReport[] = [];
  const startedAt = performance.now();
  for (const seed of seeds) {
    const report = await fuzzLanes({ ...plan, seed });
    reports.push(report);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    say(`seed ${seed}: ${report.sent} connections, ${report.differences.length} differences, ${seconds} s`);
  }
  const report = joinReports(reports);
  for (const line of listing(report)) say(line);
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify({ seeds, ...report }, null, 2)}\n`);
  if (values.page !== undefined) {
    const command = `npm run fuzz:lanes -- --messages ${plan.messages} --seed ${values.seed} --times ${values.times}`;
    writeFileSync(values.page, fuzzPage(report, { at, command, machine: machineFacts(), source, seeds }));
  }
  process.exitCode = report.differences.length > 0 ? 1 : 0;
}

function listing({ sent, readings, differences, known }: FuzzReport): string[] {
  return [
    ...differences.map(
      ({ lane, what, bytes, cut, ends }) =>
        `${lane}: ${what}\n  ${JSON.stringify(bytes)}\n  cut at ${cut}${ends ? ', ended' : ''}`,
    ),
    ...Object.entries(known).map(([reason, count]) => `known, ${count} times: ${reason}`),
    `${sent} connections; messages ${Object.entries(readings)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}`,
    `${differences.length} differences`,
  ];
}
