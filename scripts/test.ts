import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boundedCommand } from './bounded-command.ts';
import { installOnDebian } from './debian-install.ts';
import { Interruption } from './interruption.ts';
import { filesAtOnce, runTestFiles, testFiles } from './test-run.ts';
import { planServers, TEST_SERVERS } from './test-servers.ts';
import { closingLines, failureText, fileLine, isGood, seconds, skippedLines, slowestLines } from './test-summary.ts';
import { thisMachine } from './this-machine.ts';

const USAGE = `npm test [-- PATH ...] [--name PATTERN]

Installs what tests need (see CONTRIBUTING.md), then runs the linter, the type check and the tests, all of them or those at
or below the paths; with a pattern only the tests with such a name.`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHECK_LIMIT_MS = 180_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await main();

async function main(): Promise<void> {
  process.chdir(ROOT);
  const { values, positionals } = parseArgs({
    options: { name: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help === true) return say(USAGE);
  const paths = positionals.map((path) => relative(ROOT, resolve(process.env.INIT_CWD ?? ROOT, path)));
  const files = testFiles(ROOT, paths);
  if (files.length === 0) return fail(`no test file is at or below ${paths.join(', ')}`);
  if (!(await prepareServers())) return;
  const isLinted = await checked('lint', 'biome', ['check', ...paths]);
  const isTyped = await checked('types', 'tsc', ['-p', '.']);
  const arePassed = await tested(files, values.name ?? null);
  if (isLinted && isTyped && arePassed) return;
  const broken = [isLinted || 'lint', isTyped || 'types', arePassed || 'tests'].filter((part) => part !== true);
  fail(`failed: ${broken.join(', ')}`);
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

async function prepareServers(): Promise<boolean> {
  const plan = planServers(thisMachine());
  try {
    if (plan.kind === 'refuse') throw new Error(plan.message);
    if (plan.kind === 'install') await installOnDebian(plan.servers, say);
    const after = planServers(thisMachine());
    if (after.kind !== 'ready') throw new Error('the installation succeeded, but not all programs are on the PATH');
  } catch (error) {
    fail((error as Error).message);
    return false;
  }
  say(`servers  ${TEST_SERVERS.map(({ program }) => program).join(', ')}`);
  return true;
}

async function checked(what: string, program: string, args: readonly string[]): Promise<boolean> {
  const startedAt = performance.now();
  const path = resolve(ROOT, 'node_modules/.bin', program);
  const { isOk, output } = await boundedCommand(path, args, { limitMs: CHECK_LIMIT_MS });
  say(`${what.padEnd(8)} ${isOk ? 'ok' : 'FAIL'}  ${seconds(performance.now() - startedAt)}`);
  if (!isOk) say(output);
  return isOk;
}

async function tested(files: readonly string[], namePattern: string | null): Promise<boolean> {
  const startedAt = performance.now();
  const interruption = new Interruption();
  say(`tests    ${files.length} files, ${filesAtOnce()} at a time`);
  const results = await runTestFiles(files, {
    namePattern,
    signal: interruption.signal,
    ended: (result) => say(`${fileLine(result)}\n${failureText(result)}`.trimEnd()),
  });
  const failed = results.map(failureText).filter((text) => text !== '');
  if (failed.length > 0) say(`\nall failures again:\n\n${failed.join('\n')}`);
  const skipped = skippedLines(results);
  if (skipped.length > 0) say(`\nskipped:\n${skipped.join('\n')}`);
  say(`\nslowest files:\n${slowestLines(results).join('\n')}\n`);
  say(closingLines(results, performance.now() - startedAt).join('\n'));
  interruption.end();
  return isGood(results);
}
