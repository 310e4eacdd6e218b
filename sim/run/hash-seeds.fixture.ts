import { runSeed } from './seed-run.ts';
import { openTopology } from './topology-file.ts';

/** A program: runs the seeds that it is told in their order, and prints the hash of each in one object of JSON. */
const topology = openTopology('three-cities.yaml');
const hashes: Record<string, string> = {};
for (const seed of process.argv.slice(2).map(Number)) {
  const { hash } = await runSeed({ seed, topology, faultsMs: 25_000 });
  hashes[seed] = hash;
}
process.stdout.write(JSON.stringify(hashes));
