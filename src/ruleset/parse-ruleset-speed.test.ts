import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffTopologies } from './diff-topologies.ts';
import { parseRuleset } from './parse-ruleset.ts';

const SHARDS = 65_536;
const UNITS = 64;

/** 65,536 shards over 64 units in two cities; `runs` pieces per unit. */
function large(runs: number, shift = 0): string {
  const size = SHARDS / (UNITS * runs);
  const name = (shard: number): string => String(shard).padStart(5, '0');
  const homes = Array.from({ length: UNITS }, (): string[] => []);
  for (let piece = 0; piece < UNITS * runs; piece += 1) {
    const [from, to] = [piece * size, (piece + 1) * size - 1];
    homes[(piece + shift) % UNITS]?.push(from === to ? name(from) : `${name(from)}-${name(to)}`);
  }
  const units = homes.map((home, index) => {
    const city = index % 2;
    const target = (index + 1) % UNITS;
    return `  U${index}: {kind: R, home: '${home.join(',')}', cells: {U${index}A: {dataCenter: d${city}}}, remoteTargets: [U${target}], capacity: 4096}`;
  });
  return `realm: large\nshards: {hash: ${SHARDS}}\ncities: {c0: [d0], c1: [d1]}\nunits:\n${units.join('\n')}\nroutes:\n  - {name: a, path: /*, kind: R, identity: [{cookie: u}]}\n`;
}

function fastest(runs: number, work: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const begin = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

// Processor time, the least of several runs, against thirty times what a machine at rest needs: a busy machine does not
// fail it, another order of growth (65,536² steps are seconds) does.
test('65,536 shards are parsed, checked and compared in some tens of milliseconds', (context) => {
  const text = large(1);
  const other = parseRuleset(large(1, 1), 'r.yaml');
  const parsed = parseRuleset(text, 'r.yaml');
  assert.ok(parsed.ok && other.ok);
  const parse = fastest(5, () => parseRuleset(text, 'r.yaml'));
  const diff = fastest(5, () => diffTopologies(parsed.document, other.document));
  context.diagnostic(`parse ${parse.toFixed(1)} ms, diff ${diff.toFixed(1)} ms`);
  assert.ok(parse < 500 && diff < 500, `parse ${parse} ms, diff ${diff} ms`);
});

test('also when no two neighbours have the same home', (context) => {
  const text = large(SHARDS / UNITS);
  const other = parseRuleset(large(SHARDS / UNITS, 1), 'r.yaml');
  const parsed = parseRuleset(text, 'r.yaml');
  assert.ok(parsed.ok && other.ok);
  const parse = fastest(5, () => parseRuleset(text, 'r.yaml'));
  const diff = fastest(5, () => diffTopologies(parsed.document, other.document));
  context.diagnostic(`parse ${parse.toFixed(1)} ms, diff ${diff.toFixed(1)} ms`);
  assert.ok(parse < 3_000 && diff < 3_000, `parse ${parse} ms, diff ${diff} ms`);
});
