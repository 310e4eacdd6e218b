import { createInterface } from 'node:readline';
import { startDataCenterCells } from '../../src/reference-unit/data-center-process.ts';
import { machineClock } from './machine-clock.ts';
import { threeCities } from './three-cities.ts';

/**
 * The cells of one data center as a process of its own, for tests that kill it. Its argument is JSON (options without
 * clock, log and topology); it prints one line of JSON with its addresses, reads lists of peers from its input, one a line,
 * and ends with its input.
 */
const cells = await startDataCenterCells({
  clock: machineClock,
  log: { info: () => {}, warn: (fields, message) => console.error(message, JSON.stringify(fields)) },
  topology: threeCities(),
  peers: [],
  ...JSON.parse(process.argv[2] ?? '{}'),
});
console.log(JSON.stringify({ url: cells.url, instances: cells.instances }));
for await (const line of createInterface({ input: process.stdin })) cells.setPeers(JSON.parse(line));
await cells.stop(5_000);
