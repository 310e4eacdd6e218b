import { runSeed } from '../run/seed-run.ts';
import { openTopology } from '../run/topology-file.ts';

/** A program: runs seeds one after the other until the first that violates anything, and prints a line of JSON after each. */
const [from = 1, seeds = 1] = process.argv.slice(2).map(Number);
const topology = openTopology('three-cities.yaml');
let found: { readonly seed: number; readonly checker: string; readonly detail: string } | null = null;
let runs = 0;
for (let seed = from; seed < from + seeds && found === null; seed += 1) {
  const { violation } = await runSeed({ seed, topology });
  runs += 1;
  if (violation !== null) found = { seed, checker: violation.checker, detail: violation.detail };
  process.stdout.write(`${JSON.stringify({ found, runs })}\n`);
}
