import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import { InstalledPackage } from './support/installed-package.ts';

const TSC = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url));

/** A program of a user: types, and what the functions return. */
const CONSUMER = `
import { type CoordStore, CodedError, ERRORS, type ErrorCode, parseRuleset, type ShardRule, shardOf } from 'ldc-gateway';
import { readFileSync } from 'node:fs';

const code: ErrorCode = 'NO_ROUTE';
const parsed = parseRuleset(readFileSync(process.argv[2] ?? '', 'utf8'), 'three-cities.yaml');
if (!parsed.ok) throw new CodedError('CONFIG_INVALID', parsed.mistakes.map((mistake) => mistake.message).join());
const rule: ShardRule = parsed.document.shardRule;
const write = (store: CoordStore): Promise<unknown> => store.transact([], [{ key: 'a', value: 'b' }]);
// @ts-expect-error a shard is looked up by the text of a user ID, not by a number (numbers lose digits)
const wrong = (): number => shardOf(rule, 12345);
console.log(JSON.stringify({ status: ERRORS[code].status, shard: shardOf(rule, '9007199254740993'), write: write.length }));
void wrong;
`;

describe('the installed package', () => {
  let installed: InstalledPackage;
  before(async () => {
    installed = await InstalledPackage.install();
  });
  after(() => installed?.remove());

  test('runs its command: version, and the check of its own ruleset', async () => {
    assert.equal((await installed.ldc('--version')).trim(), manifest.version);
    const rules = join(installed.root, 'rules/three-cities.yaml');
    assert.match(await installed.ldc('rules', 'validate', rules), /^valid/);
  });

  test('brings up a fleet that serves a request at each door, and ends it', async () => {
    const fleet = await installed.fleet();
    try {
      for (const dataCenter of ['sh-a', 'sh-b', 'hz-a', 'hz-b', 'sz-a']) {
        const response = await fetch(`${fleet.door(dataCenter)}/whoami`, { headers: { 'x-user-id': '10000007' } });
        const answer = (await response.json()) as { unit?: string };
        assert.deepEqual([response.status, answer.unit], [200, 'RZ01'], `${dataCenter}: ${JSON.stringify(answer)}`);
      }
    } finally {
      await fleet.stop();
    }
  });

  test('has types and functions that a program can import', async () => {
    writeFileSync(join(installed.directory, 'consumer.ts'), CONSUMER);
    const strict = ['--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node', '--noEmit'];
    const roots = ['--typeRoots', fileURLToPath(new URL('../node_modules/@types', import.meta.url))];
    await installed.run(TSC, [...strict, ...roots, 'consumer.ts']);
    const printed = await installed.run(process.execPath, [
      'consumer.ts',
      join(installed.root, 'rules/three-cities.yaml'),
    ]);
    assert.deepEqual(JSON.parse(printed), { status: 404, shard: 93, write: 1 });
  });

  test('has what it promises and nothing of the tests', () => {
    const names = readdirSync(installed.root, { recursive: true, encoding: 'utf8' });
    for (const name of ['LICENSE', 'README.md', 'dist/index.d.ts', 'rules/ruleset.schema.json', 'docs/errors.md']) {
      assert.ok(names.includes(name), `${name} is missing`);
    }
    assert.deepEqual(
      names.filter((name) => /\.(test|contract|fixture|child)\.|^(src|test|sim|bench|node_modules)\//.test(name)),
      [],
    );
    assert.match(readFileSync(join(installed.root, 'bin/ldc'), 'utf8'), /^#!\/usr\/bin\/env node\n/);
  });
});
