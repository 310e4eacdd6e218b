import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runSeeds } from './run-seeds.ts';
import { openTopology } from './topology-file.ts';

const PROGRAM = fileURLToPath(new URL('./hash-seeds.fixture.ts', import.meta.url));
const LIMIT_MS = 120_000;

interface Machine {
  readonly node?: string;
  readonly flags?: readonly string[];
  readonly zone?: string;
}

async function hashes(seeds: readonly number[], { node = process.execPath, flags = [], zone = 'UTC' }: Machine = {}) {
  const args = [...flags, PROGRAM, ...seeds.map(String)];
  const env = { ...process.env, TZ: zone };
  const { stdout } = await promisify(execFile)(node, args, { env, timeout: LIMIT_MS });
  return JSON.parse(stdout) as Readonly<Record<string, string>>;
}

test('a seed means the same in another zone, with another heap, after other seeds, and on any number of threads', async () => {
  const usual = await hashes([21, 22, 23]);
  assert.equal(new Set(Object.values(usual)).size, 3);
  const [elsewhere, reversed] = await Promise.all([
    hashes([21, 22, 23], { zone: 'Asia/Kathmandu', flags: ['--max-old-space-size=96', '--max-semi-space-size=1'] }),
    hashes([23, 22, 21], { zone: 'America/St_Johns', flags: ['--max-old-space-size=3000'] }),
  ]);
  assert.deepEqual(elsewhere, usual);
  assert.deepEqual(reversed, usual);
  const threaded: Record<string, string> = {};
  await runSeeds({
    ...{ from: 21, seeds: 3, jobs: 2, topology: openTopology('three-cities.yaml'), faultsMs: 25_000, isOnce: true },
    ended: ({ seed, hash }) => {
      threaded[seed] = hash;
    },
  });
  assert.deepEqual(threaded, usual);
});

const other = process.env.LDC_OTHER_NODE ?? '';

test('a seed means the same on another version of Node', {
  skip: other === '' && 'LDC_OTHER_NODE names no other Node binary',
}, async () => {
  assert.deepEqual(await hashes([21, 22], { node: other }), await hashes([21, 22]));
});
