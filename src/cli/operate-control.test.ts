import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { AgreeableGates } from '../../test/support/agreeable-gates.ts';
import { type CliRun, type CliWorld, ldc } from '../../test/support/cli-recorder.ts';
import { ControlBench, TOKENS } from '../../test/support/control-bench.ts';
import { eventually } from '../../test/support/eventually.ts';
import { machineClock } from '../../test/support/machine-clock.ts';
import { startHealthyScene } from '../../test/support/operator-scene.ts';
import type { OperationSettings } from '../control/operations/operation-settings.ts';
import type { CliEnvironment } from './cli-environment.ts';

/* The commands about operations against a real control node that carries them out, with gates that agree to everything. */

/** L = 0.1 s, so W is 0.3 s: there are no guards here, so every drain takes W. */
const QUICK = { horizonMs: 100, leaderMs: 1_000, rereadMs: 50, retryMs: 20, probeMs: 5_000, heartbeatMs: 500 };

let gates: AgreeableGates;
let bench: ControlBench;
let closers: (() => Promise<unknown>)[];

beforeEach(() => {
  closers = [];
  gates = new AgreeableGates();
});

afterEach(async () => {
  for (const close of closers.reverse()) await close();
});

async function begin(over: Partial<OperationSettings> = {}): Promise<void> {
  bench = await startHealthyScene({ clock: machineClock, gates, operations: { ...QUICK, ...over } });
  closers.push(() => bench.close());
}

function run(line: string, world: CliWorld = {}, urls: readonly string[] = [bench.url]): Promise<CliRun> {
  const variables = { LDC_CONTROL: urls.join(','), LDC_TOKEN: TOKENS.operator, ...world.variables };
  return ldc(line.split(' '), { ...world, variables });
}

async function ownerOf(user: string): Promise<string> {
  return /^owner +(.*?)[,;]/m.exec((await run(`route ${user}`)).stdout)?.[1] ?? '';
}

test('a planned failover and the failback: every shard moves there and back, with a line per step', async () => {
  await begin();
  const away = await run('failover dc sz-a --yes --reason drill');
  assert.equal(away.exitCode, 0, away.stdout + away.stderr);
  for (const step of ['check', 'drain', 'catch up', 'promote', 'follow']) {
    assert.match(away.stdout, new RegExp(`^  ${step} +\\d+\\.\\d{3} s  \\S`, 'm'));
  }
  assert.match(away.stdout, /\ndone: moved 20 shards, pause \d+\.\d{3} s, held and failed not measured\n$/);
  assert.notEqual(await ownerOf('1285'), 'RZ05');
  const home = await run('failback dc sz-a --yes');
  assert.equal(home.exitCode, 0, home.stdout + home.stderr);
  assert.equal(await ownerOf('1285'), 'RZ05');
  const { stdout } = await run('operations');
  assert.match(stdout, /^no operation is under way; carried out by control-1/);
  assert.equal(stdout.match(/ done /g)?.length, 2);
  assert.match((await run('audit')).stdout, /drill/);
  assert.match((await run('audit verify')).stdout, /^the audit is whole/);
});

test('a shift of weights changes them at once, and --reset brings them back', async () => {
  await begin();
  const { exitCode, stdout } = await run('shift RZ01 RZ01A=100 RZ01B=0 --for 30m --yes');
  assert.equal(exitCode, 0, stdout);
  assert.match(stdout, /done: weights of RZ01, no write paused\n$/);
  assert.match((await run('status')).stdout, /RZ01A 100, RZ01B 0/);
  assert.equal((await run('shift RZ01 --reset --yes')).exitCode, 0);
  assert.doesNotMatch((await run('status')).stdout, /overrides:/);
});

test('a data center whose gate is silent is told of at once; the emergency saves its shards and asks about the loss', async () => {
  await begin();
  gates.silent.add('sz-a');
  gates.acknowledged = 'local';
  const offer = await run('failover dc sz-a --yes');
  assert.equal(offer.exitCode, 1, offer.stdout);
  assert.match(offer.stdout, /sz-a \(ECONNREFUSED\) does not answer/);
  assert.equal(await ownerOf('1285'), 'RZ05');
  // Ten times as fast: the command waits 5 s for old copies, and this one is dead.
  const world: CliWorld = { answer: 'y', over: { monotonicMs: () => performance.now() * 10 } };
  const { exitCode, stdout, questions } = await run('failover dc sz-a', world);
  assert.equal(exitCode, 0, stdout);
  assert.equal(questions.length, 3, questions.join());
  assert.match(questions[2] ?? '', /without them/);
  assert.match(stdout, /possibly lost, to be reconciled by idempotency key:\n {2}- /);
  assert.match(stdout, /Old copies follow the new owner.*done: moved 20 shards/s);
  assert.notEqual(await ownerOf('1285'), 'RZ05');
});

test('a target that lags for ever: the move is aborted, exit code 7, and the shards are where they were', async () => {
  await begin({ freezeCapMs: 1_500 });
  gates.isLagging = true;
  const { exitCode, stdout } = await run('failover dc sz-a --yes');
  assert.equal(exitCode, 7, stdout);
  assert.match(stdout, /aborted, its shards are where they were: moved 0 shards/);
  assert.equal(await ownerOf('1285'), 'RZ05');
});

test('Ctrl-C leaves it running; another command sees it, and a third aborts it', async () => {
  // W is ten minutes: an emergency stays in its drain.
  await begin({ horizonMs: 600_000 });
  let interrupt = (): void => {};
  const onInterrupt: CliEnvironment['onInterrupt'] = (listener) => {
    interrupt = listener;
    return () => {};
  };
  const watching = run('failover dc sz-a --emergency --yes', { over: { onInterrupt } });
  await eventually('it drains', async () => / drain /.test((await run('operations')).stdout));
  interrupt();
  const { exitCode, stderr } = await watching;
  assert.equal(exitCode, 8);
  const id = idIn(stderr);
  const second = await run('move 80 --to RZ01 --yes');
  assert.equal(second.exitCode, 1);
  assert.match(second.stdout, new RegExp(`REFUSED +one-operation-per-shard: .*${id}`, 's'));
  const aborted = await run(`abort ${id} --reason mistake`);
  assert.equal(aborted.exitCode, 0, aborted.stdout + aborted.stderr);
  assert.match(aborted.stdout, /mistake/);
  const again = await run(`abort ${id}`);
  assert.equal(again.exitCode, 1);
  assert.match(again.stderr, /OPERATION_PAST/);
  assert.equal((await run(`operations ${id}`)).exitCode, 7);
  assert.equal(await ownerOf('1285'), 'RZ05');
});

test('the leading control node goes away in the middle: command and operation go on with the other', async () => {
  await begin();
  gates.acknowledged = 'local';
  const edges = { rereadMs: 50, hintGapMs: 5, aliveMs: 600_000 };
  const parts = { dir: bench.dir, store: bench.store, node: 'control-2', gates, operations: QUICK, edges };
  const other = await ControlBench.start(parts);
  closers.push(() => other.node.close());
  let shown = '';
  const watching = run('failover dc sz-a --emergency --yes', { onText: (text) => (shown += text) }, [
    bench.url,
    other.url,
  ]);
  await eventually('it waits for a person', () => shown.includes('ldc abort'));
  await bench.node.close();
  const accepted = await run(`accept-data-loss ${idIn(shown)} --yes`, {}, [other.url]);
  assert.equal(accepted.exitCode, 0, accepted.stdout + accepted.stderr);
  const { exitCode, stdout } = await watching;
  assert.equal(exitCode, 0, stdout);
  assert.match(stdout, /no news: /);
  for (const step of ['drain', 'choose copy', 'accept loss', 'promote'])
    assert.equal(stdout.split(`\n  ${step} `).length, 2, stdout);
});

function idIn(text: string): string {
  return /\b(op-[0-9a-f]+)/.exec(text)?.[1] ?? '';
}

test('freeze-all forbids: the plan says what would allow it, and off allows it', async () => {
  await begin();
  assert.match((await run('freeze-all on --reason audit')).stdout, /no operation may begin.*operator-1.*audit/s);
  const { exitCode, stdout } = await run('failover dc sz-a --yes');
  assert.equal(exitCode, 1);
  assert.match(stdout, /REFUSED +operations-allowed: .*→ run `ldc freeze-all off`/s);
  assert.match((await run('freeze-all off')).stdout, /operations may begin/);
  assert.equal((await run('failover dc sz-a --dry-run')).exitCode, 0);
});

test('a wrong command is refused with what to do', async () => {
  await begin();
  const refusals: Record<string, RegExp> = {
    'failover dc mars --yes': /PLAN_IMPOSSIBLE.*no data center "mars".*\nnext: take one of .*hz-a/s,
    'failover city mars --yes': /PLAN_IMPOSSIBLE.*no city "mars".*\nnext: cities are .*hangzhou/s,
    'failback dc sz-a --yes': /PLAN_IMPOSSIBLE.*at home already.*\nnext: nothing has to be done/s,
    'move 00-09 --to RZ99 --yes': /PLAN_IMPOSSIBLE.*no unit "RZ99".*\nnext: take one of .*RZ01/s,
    'move 80-89 --to RZ05 --yes': /PLAN_IMPOSSIBLE.*owns these shards already.*\nnext: nothing/s,
    'shift RZ01 RZ01A=90 --yes': /PLAN_IMPOSSIBLE.*add up to 140.*\nnext: give weights to RZ01A, RZ01B/s,
    'failover dc sz-a --override nothing-at-all --yes': /CALL_INVALID.*no rule nothing-at-all/s,
    'operations op-none': /NO_OPERATION/,
    'abort op-none': /NO_OPERATION/,
  };
  for (const [line, message] of Object.entries(refusals)) {
    const { exitCode, stderr, stdout } = await run(line);
    assert.equal(exitCode, 1, line + stdout);
    assert.match(stderr, message, line);
  }
  const viewer = await run('failover dc sz-a --yes', { variables: { LDC_TOKEN: TOKENS.viewer } });
  assert.equal(viewer.exitCode, 5);
  assert.match(viewer.stderr, /FORBIDDEN/);
});
