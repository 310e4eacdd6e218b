import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { type CliRun, type CliWorld, ldc } from '../../test/support/cli-recorder.ts';
import { RecordedControl, type Recording } from '../../test/support/recorded-control.ts';
import type { CliEnvironment } from './cli-environment.ts';
import {
  ACCEPTED,
  ASKING,
  BEGUN,
  CATCHING_UP,
  DEAD_PLAN,
  DONE,
  DRAINING,
  EMERGENCY_BEGUN,
  EMERGENCY_PLAN,
  FAILOVER_PLAN,
  FOLLOWING,
  ID,
  PROMOTING,
} from './operation-answers.fixture.ts';
import { EVENTS, eventsOf, refused, STILL, startOf } from './operation-cases.fixture.ts';

const GET = `GET /v1/operations/${ID}`;
const DEAD = 'http://127.0.0.1:1';
let controls: RecordedControl[] = [];

afterEach(async () => {
  for (const control of controls) await control.close();
  controls = [];
});

async function control(recording: Recording): Promise<RecordedControl> {
  const started = await RecordedControl.start(recording);
  controls.push(started);
  return started;
}

function run(line: string, endpoints: readonly (RecordedControl | string)[], world: CliWorld = {}): Promise<CliRun> {
  const urls = endpoints.map((endpoint) => (typeof endpoint === 'string' ? endpoint : endpoint.url));
  const variables = { LDC_CONTROL: urls.join(','), LDC_TOKEN: 't', ...world.variables };
  return ldc(line.split(' '), { ...world, variables, over: { ...STILL, ...world.over } });
}

/** Ctrl-C when `call` comes to a control node. */
function interruptAt(control: RecordedControl, call: string): Partial<CliEnvironment> {
  let timer: NodeJS.Timeout | undefined;
  return {
    onInterrupt: (listener) => {
      timer = setInterval(() => {
        if (control.calls.some((made) => made.call === call)) listener();
      }, 5);
      return () => clearInterval(timer);
    },
  };
}

test('a control node that goes away in the middle is replaced by another, and no step is told twice or lost', async () => {
  const first = await control(
    startOf(FAILOVER_PLAN, BEGUN, { ...eventsOf(BEGUN, DRAINING, CATCHING_UP), ending: 'cut' }),
  );
  const second = await control({ [GET]: [{ body: PROMOTING }], [EVENTS]: [eventsOf(PROMOTING, FOLLOWING, DONE)] });
  const { exitCode, stdout, stderr } = await run('failover dc sz-a --yes', [first, second]);
  assert.deepEqual([exitCode, stderr], [0, '']);
  for (const step of ['check', 'drain', 'catch up', 'promote', 'follow']) {
    assert.equal(stdout.split(`\n  ${step} `).length, 2, step);
  }
  assert.match(stdout, /no news: http:\/\/127\.0\.0\.1:\d+: /);
  assert.match(stdout, /done: moved 20 shards, pause 0\.233 s, held and failed not measured\n$/);
  assert.deepEqual(
    second.calls.map(({ call }) => call),
    [GET, EVENTS],
  );
});

test('the end is found by asking when the stream ended before it told', async () => {
  const only = await control({
    ...startOf(FAILOVER_PLAN, BEGUN, eventsOf(BEGUN, DRAINING)),
    [GET]: [{ body: DONE }],
  });
  assert.equal((await run('failover dc sz-a --yes', [only])).exitCode, 0);
});

test('a node that has only older news changes nothing that was shown', async () => {
  const first = await control(startOf(FAILOVER_PLAN, BEGUN, { ...eventsOf(CATCHING_UP), ending: 'cut' }));
  const second = await control({ [GET]: [{ body: DRAINING }], [EVENTS]: [eventsOf(DRAINING, DONE)] });
  const { stdout, exitCode } = await run('failover dc sz-a --yes', [first, second]);
  assert.equal(exitCode, 0);
  assert.equal(stdout.split('\n  drain ').length, 2);
});

test('nobody answers any more: the command gives up after a minute and says that the operation goes on', async () => {
  let now = 0;
  const over: Partial<CliEnvironment> = {
    monotonicMs: () => now,
    wait: async (ms) => {
      now += ms;
    },
  };
  const only = await control({
    ...startOf(FAILOVER_PLAN, BEGUN, { ...eventsOf(BEGUN), ending: 'cut' }),
    [GET]: [{ isLost: true }],
  });
  const { exitCode, stderr } = await run('failover dc sz-a --yes', [only], { over });
  assert.equal(exitCode, 8);
  assert.match(stderr, /no control node answers any more.*Look again: ldc\s+operations\s+op-7f3a/s);
  assert.ok(now >= 60_000 && now < 62_000, String(now));
});

test('a store that is away for a while is no end', async () => {
  const only = await control({
    [GET]: [{ body: DRAINING }, refused('STORE_UNAVAILABLE', 'down'), refused('STORE_TIMEOUT', 'slow'), { body: DONE }],
    [EVENTS]: [{ events: [['failed', { error: { code: 'STORE_UNAVAILABLE' } }]] }],
  });
  assert.equal((await run(`operations ${ID}`, [only])).exitCode, 0);
});

test('what every node would refuse ends the watch with its code', async () => {
  const only = await control({ [GET]: [{ body: DRAINING }], [EVENTS]: [refused('NO_OPERATION', ID)] });
  const { exitCode, stderr } = await run(`operations ${ID}`, [only]);
  assert.equal(exitCode, 1);
  assert.match(stderr, /NO_OPERATION/);
});

test('Ctrl-C leaves: nothing is aborted, and it says how to look again', async () => {
  const only = await control(startOf(FAILOVER_PLAN, BEGUN, { ...eventsOf(BEGUN, DRAINING), ending: 'silence' }));
  const { exitCode, stdout, stderr } = await run('failover dc sz-a --yes', [only], { over: interruptAt(only, EVENTS) });
  assert.equal(exitCode, 8);
  assert.match(stdout, /operation op-7f3a began/);
  assert.match(stderr, /detached: operation op-7f3a goes on\. Look again: ldc operations op-7f3a/);
  assert.ok(only.calls.every(({ call }) => !call.includes('abort')));
});

test('Ctrl-C while the start is on its way waits for the ID of what began', async () => {
  const only = await control(startOf(FAILOVER_PLAN, BEGUN, { ...eventsOf(BEGUN), ending: 'silence' }));
  const { exitCode, stderr } = await run('failover dc sz-a --yes', [only], {
    over: interruptAt(only, 'POST /v1/operations'),
  });
  assert.equal(exitCode, 8);
  assert.match(stderr, /ldc operations op-7f3a/);
});

test('the answer to the start is lost: the next node is asked with the same key', async () => {
  const first = await control({
    'POST /v1/plans': [{ body: FAILOVER_PLAN }],
    'POST /v1/operations': [{ isLost: true }],
  });
  const second = await control({
    'POST /v1/operations': [{ body: { outcome: 'again', operation: DRAINING } }],
    [EVENTS]: [eventsOf(DONE)],
  });
  const { exitCode, stdout } = await run('failover dc sz-a --yes --reason drill', [first, second]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /operation op-7f3a had begun already/);
  const [one, other] = [first.calls[1], second.calls[0]];
  assert.equal(one?.key, other?.key);
  assert.match(one?.key ?? '', /^[\w-]{8,64}$/);
  assert.deepEqual(one?.body, { plan: FAILOVER_PLAN, reason: 'drill', acceptDataLoss: false });
});

test('the answer to the start is lost and nobody else can be asked: exit 6', async () => {
  const first = await control({
    'POST /v1/plans': [{ body: FAILOVER_PLAN }],
    'POST /v1/operations': [{ isLost: true }],
  });
  const waits: number[] = [];
  const over: Partial<CliEnvironment> = { wait: async (ms) => void waits.push(ms) };
  const { exitCode, stderr } = await run('failover dc sz-a --yes', [first, DEAD], { over });
  assert.equal(exitCode, 6);
  assert.match(stderr, /OPERATION_UNKNOWN/);
  const keys = first.calls.filter(({ call }) => call === 'POST /v1/operations').map(({ key }) => key);
  assert.equal(keys.length, 1 + waits.length);
  assert.equal(new Set(keys).size, 1);
});

test('a control node that does not know whether it started is asked again, and knows', async () => {
  const only = await control({
    'POST /v1/plans': [{ body: FAILOVER_PLAN }],
    'POST /v1/operations': [
      refused('OPERATION_UNKNOWN', 'the store'),
      { isLost: true },
      { body: { outcome: 'again', operation: DONE } },
    ],
  });
  const over: Partial<CliEnvironment> = { wait: async () => {} };
  assert.equal((await run('failover dc sz-a --yes', [only], { over })).exitCode, 0);
});

test('a refusal after a lost answer leaves open whether it began', async () => {
  const first = await control({
    'POST /v1/plans': [{ body: FAILOVER_PLAN }],
    'POST /v1/operations': [{ isLost: true }],
  });
  const second = await control({ 'POST /v1/operations': [refused('OPERATION_REFUSED', 'quiet-time')] });
  const over: Partial<CliEnvironment> = { wait: async () => {} };
  assert.equal((await run('failover dc sz-a --yes', [first, second], { over })).exitCode, 6);
});

test('a dead data center is told of at once, and --yes alone never begins an emergency', async () => {
  const only = await control({ 'POST /v1/plans': [{ body: DEAD_PLAN }] });
  const { exitCode, stdout } = await run('failover dc sz-a --yes', [only]);
  assert.equal(exitCode, 1);
  assert.match(stdout, /sz-a does not answer/);
  assert.deepEqual(
    only.calls.map(({ call }) => call),
    ['POST /v1/plans'],
  );
});

test('an emergency that may lose data asks, and no is no: the operation waits on', async () => {
  const asked: string[] = [];
  const recording: Recording = {
    ...startOf(EMERGENCY_PLAN, EMERGENCY_BEGUN, eventsOf(EMERGENCY_BEGUN, ASKING), eventsOf(ASKING, ACCEPTED, DONE)),
    [GET]: [{ body: ASKING }],
  };
  const only = await control(recording);
  const ask = async (question: string): Promise<string> => {
    asked.push(question);
    return asked.length === 1 ? 'yes' : 'no';
  };
  const { exitCode, stdout } = await run('failover dc sz-a --emergency', [only], { answer: '', over: { ask } });
  assert.equal(exitCode, 0);
  assert.equal(asked.length, 2);
  assert.match(stdout, /ldc accept-data-loss\s+op-7f3a/);
  assert.ok(only.calls.every(({ call }) => !call.endsWith('accept-data-loss')));
  const body = only.calls.find(({ call }) => call === 'POST /v1/operations')?.body as { acceptDataLoss: boolean };
  assert.equal(body.acceptDataLoss, false);
});

test('somebody else accepted first: the refusal is told and the watch goes on', async () => {
  const only = await control({
    ...startOf(EMERGENCY_PLAN, EMERGENCY_BEGUN, eventsOf(ASKING), eventsOf(ACCEPTED, DONE)),
    [`POST /v1/operations/${ID}/accept-data-loss`]: [refused('OPERATION_PAST', 'accepted already')],
  });
  const { exitCode, stderr } = await run('failover dc sz-a --emergency', [only], { answer: 'y' });
  assert.equal(exitCode, 0);
  assert.match(stderr, /not accepted: OPERATION_PAST/);
});

test('--json prints one document: the plan, or the operation at its end; words go to standard error', async () => {
  const only = await control(startOf(FAILOVER_PLAN, BEGUN, eventsOf(BEGUN, DONE)));
  const plan = await run('failover dc sz-a --dry-run --json', [only]);
  assert.deepEqual(JSON.parse(plan.stdout), FAILOVER_PLAN);
  const end = await run('failover dc sz-a --yes --json', [only]);
  assert.deepEqual(JSON.parse(end.stdout), DONE);
  assert.match(end.stderr, /operation op-7f3a began/);
  const dead = await control({ 'POST /v1/plans': [{ body: DEAD_PLAN }] });
  const offer = await run('failover dc sz-a --yes --json', [dead]);
  assert.deepEqual([offer.exitCode, JSON.parse(offer.stdout)], [1, DEAD_PLAN]);
  assert.equal((await run('failover dc sz-a --json', [dead], { answer: 'y' })).exitCode, 2);
});

test('what is asked for is sent as it was written', async () => {
  const asked = {
    'failover city hangzhou': { kind: 'failover', city: 'hangzhou' },
    'failover dc sz-a --emergency': { kind: 'failover', dataCenter: 'sz-a', emergency: true },
    'failback dc hz-b': { kind: 'failback', dataCenter: 'hz-b' },
    'move 00-09,G --to RZ02 --override quiet-time,moving-shards': {
      kind: 'move',
      shards: '00-09,G',
      to: 'RZ02',
      overrides: ['quiet-time', 'moving-shards'],
    },
    'shift RZ01 RZ01A=100 RZ01B=0 --for 30m': {
      kind: 'shift',
      unit: 'RZ01',
      weights: { RZ01A: 100, RZ01B: 0 },
      forMs: 1_800_000,
    },
    'shift RZ01 --reset': { kind: 'shift', unit: 'RZ01', weights: null, forMs: null },
  };
  for (const [line, call] of Object.entries(asked)) {
    const only = await control({ 'POST /v1/plans': [{ body: FAILOVER_PLAN }] });
    await run(`${line} --dry-run`, [only]);
    assert.deepEqual(only.calls[0]?.body, call, line);
  }
});

test('a long step tells what it waits for, once while nothing changes, and not for a short step', async () => {
  let now = 0;
  const over: Partial<CliEnvironment> = {
    monotonicMs: () => now,
    every: (_, tick) => {
      const timer = setInterval(() => {
        now += 400;
        tick();
      }, 2);
      return () => clearInterval(timer);
    },
    onInterrupt: (listener) => {
      const timer = setInterval(() => now > 20_000 && listener(), 2);
      return () => clearInterval(timer);
    },
  };
  const only = await control(startOf(FAILOVER_PLAN, BEGUN, { ...eventsOf(DRAINING), ending: 'silence' }));
  const { stdout } = await run('failover dc sz-a --yes', [only], { over });
  const waits = stdout.split('\n').filter((line) => line.startsWith('→ drain'));
  assert.deepEqual(waits, ['→ drain                     waits for guards of RZ05, until 03:04:13 UTC']);
});

test('on a terminal the time of the present step runs, redrawn in place and never wider than the terminal', async () => {
  let now = 0;
  const over: Partial<CliEnvironment> = {
    monotonicMs: () => now,
    every: (_, tick) => {
      const timer = setInterval(() => {
        now += 250;
        tick();
      }, 2);
      return () => clearInterval(timer);
    },
    onInterrupt: (listener) => {
      const timer = setInterval(() => now > 3_000 && listener(), 2);
      return () => clearInterval(timer);
    },
  };
  const only = await control(startOf(FAILOVER_PLAN, BEGUN, { ...eventsOf(CATCHING_UP), ending: 'silence' }));
  const world: CliWorld = { over, isTerminal: true, columns: 60, variables: { NO_COLOR: '1' } };
  const { stdout } = await run('failover dc sz-a --yes', [only], world);
  const drawings = stdout.slice(stdout.indexOf('leaves it')).split('\x1b[J').slice(1);
  assert.ok(drawings.length >= 5, String(drawings.length));
  assert.match(drawings.at(-1) ?? '', /→ catch up +[23]\.\d{3} s/);
  for (const [index, drawing] of drawings.entries()) {
    const lines = drawing
      .replace(/\x1b\[\d+A\r$/, '')
      .split('\n')
      .slice(0, -1);
    assert.ok(
      lines.every((line) => [...line].length <= 60),
      drawing,
    );
    const up = /\x1b\[(\d+)A\r$/.exec(drawing)?.[1];
    if (index < drawings.length - 1) assert.equal(Number(up), lines.length);
  }
});

test('a dumb terminal and a pipe get a line per step and no escapes', async () => {
  for (const world of [{ isTerminal: true, variables: { TERM: 'dumb' } }, {}] as CliWorld[]) {
    const only = await control(startOf(FAILOVER_PLAN, BEGUN, eventsOf(BEGUN, DRAINING, DONE)));
    assert.ok(!(await run('failover dc sz-a --yes', [only], world)).stdout.includes('\x1b'));
  }
});

/** The same answer with every text in it made hostile, but for what the command reads itself. */
function hostile<T>(value: T): T {
  const known = ['kind', 'step', 'verdict', 'answers', 'name'];
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) => {
    return typeof inner === 'string' && !known.includes(key) ? `${inner}\x1b[2J\x9b2J\u202e` : inner;
  });
}

test('names and reasons that others wrote cannot steer the terminal', async () => {
  const plan = hostile(EMERGENCY_PLAN);
  const start = startOf(plan, EMERGENCY_BEGUN, eventsOf(hostile({ ...ASKING, id: ID })), eventsOf(hostile(DONE)));
  const lists: Recording = {
    ...start,
    [GET]: [{ body: hostile(DONE) }],
    'GET /v1/operations': [{ body: hostile({ operations: [DRAINING, DONE], leader: { node: 'n', term: 1 } }) }],
    'GET /v1/audit/verify': [{ body: hostile({ whole: false, count: 1, first: 1, last: 1, problem: 'x' }) }],
    'PUT /v1/freeze-all': [{ body: hostile({ on: true, author: 'a', reason: 'b', at: 0 }) }],
  };
  for (const line of [
    'failover dc sz-a --emergency',
    'operations',
    `operations ${ID}`,
    'audit verify',
    'freeze-all on',
  ]) {
    const only = await control(lists);
    const asked: string[] = [];
    const ask = async (question: string): Promise<string> => {
      asked.push(question);
      return asked.length === 1 ? 'y' : 'n';
    };
    const { stdout, stderr } = await run(line, [only], { answer: '', over: { ask } });
    assert.match(stdout, /\?\[2J\?2J\?/, line);
    assert.doesNotMatch(stdout + stderr + asked.join(''), /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/, line);
  }
});
