import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { type CliRun, type CliWorld, ldc } from '../../test/support/cli-recorder.ts';
import { ControlBench, THREE_CITIES, TOKENS } from '../../test/support/control-bench.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { LossyProxy } from '../../test/support/lossy-proxy.ts';
import { createTestAuthority } from '../../test/support/test-certificates.ts';
import { systemCliEnvironment } from '../app/cli-environment.ts';

const DEAD = 'http://127.0.0.1:1';
const WEIGHTS = THREE_CITIES.replace(/(RZ01A:.*weight: )50/, '$170').replace(/(RZ01B:.*weight: )50/, '$130');
const FILES = { 'a.yaml': THREE_CITIES, 'b.yaml': WEIGHTS };

let bench: ControlBench;
let closers: (() => Promise<unknown>)[];

beforeEach(async () => {
  closers = [];
  bench = await ControlBench.start();
  await bench.apply(THREE_CITIES, 0);
});

afterEach(async () => {
  for (const close of closers.reverse()) await close();
  await bench.close();
});

function run(line: string, endpoints: readonly string[] = [bench.url], world: CliWorld = {}): Promise<CliRun> {
  const variables = { LDC_CONTROL: endpoints.join(','), LDC_TOKEN: TOKENS.operator };
  return ldc(line.split(' '), { files: FILES, variables, ...world });
}

async function epoch(): Promise<number> {
  return (await bench.call('/v1/table')).body.epoch;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

async function proxy(isLost: (call: string) => boolean): Promise<LossyProxy> {
  const lossy = await LossyProxy.start(bench.url, isLost);
  closers.push(() => lossy.close());
  return lossy;
}

test('a dead first endpoint costs nothing: the next one answers', async () => {
  const { exitCode, stdout, stderr } = await run('route 1266', [DEAD, bench.url]);
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(stdout, /forwarded to RZ04/);
});

test('an endpoint that accepts and never answers is left after --timeout', async () => {
  const mute = createServer((socket) => {
    socket.on('error', () => {});
    closers.push(async () => socket.destroy());
  });
  const { exitCode, stderr } = await run('route 1266 --timeout 0.3', [await listen(mute), bench.url]);
  assert.deepEqual([exitCode, stderr], [0, '']);
  const alone = await run('route 1266 --timeout 0.3', [
    `http://127.0.0.1:${(mute.address() as { port: number }).port}`,
  ]);
  assert.equal(alone.exitCode, 3);
  assert.match(alone.stderr, /CONTROL_UNREACHABLE.*no answer within 300 ms/);
});

test('something that is not the control API is named as such', async () => {
  const other = createServer((socket) => {
    socket.on('error', () => {}).on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'));
  });
  const { exitCode, stderr } = await run('status', [await listen(other)]);
  assert.equal(exitCode, 3);
  assert.match(stderr, /CONTROL_ANSWER_INVALID/);
});

test('a control node without its store is passed over; if none has one, its own code is told', async () => {
  const store = new FaultyStore(bench.store);
  const ill = await ControlBench.start({ store, dir: bench.dir });
  closers.push(() => ill.node.close());
  store.down = 'STORE_UNAVAILABLE';
  assert.equal((await run('route 1266', [ill.url, bench.url])).exitCode, 0);
  const { exitCode, stderr } = await run('route 1266', [ill.url, DEAD]);
  assert.equal(exitCode, 1);
  assert.match(stderr, /STORE_UNAVAILABLE/);
});

test('an apply asks, applies on yes, and the audit has the reason', async () => {
  const { exitCode, stdout, questions } = await run('rules apply b.yaml --reason drill', undefined, { answer: 'y' });
  assert.equal(exitCode, 0, stdout);
  assert.deepEqual(questions, ['Apply on epoch 1? [y/N] ']);
  assert.match(stdout, /applied: epoch 2/);
  const { body } = await bench.call('/v1/rules/show');
  assert.deepEqual([body.text, body.reason, body.file], [WEIGHTS, 'drill', 'b.yaml']);
});

test('what changed between the question and the yes is a conflict that says what', async () => {
  const other = THREE_CITIES.replace('capacity: 60', 'capacity: 61');
  const { exitCode, stderr } = await run('rules apply b.yaml', undefined, {
    answer: 'yes',
    over: {
      ask: async () => {
        await bench.apply(other, 1, { reason: 'quicker' });
        return 'yes';
      },
    },
  });
  assert.equal(exitCode, 4);
  assert.match(stderr, /epoch 2.*operator-1.*\n?.*quicker/);
  assert.match(stderr, /RZ05: capacity 60 → 61/);
  assert.equal(await epoch(), 2);
});

test('the answer to an apply is lost: the next node tells that it was done, and it was done once', async () => {
  const lossy = await proxy((call) => call.includes('/apply'));
  const { exitCode, stdout } = await run('rules apply b.yaml --yes', [lossy.url, bench.url]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /applied: epoch 2/);
  assert.deepEqual(lossy.calls, ['POST /v1/rules/diff', 'POST /v1/rules/apply']);
  assert.equal(await epoch(), 2);
});

test('the answer to an apply is lost and nobody else can be asked: exit 6, never a false word', async () => {
  const lossy = await proxy((call) => call.includes('/apply'));
  const { exitCode, stderr } = await run('rules apply b.yaml --yes', [lossy.url]);
  assert.equal(exitCode, 6);
  assert.match(stderr, /APPLY_UNKNOWN/);
  const again = await run('rules apply b.yaml --yes');
  assert.match(again.stdout, /nothing was written: epoch 2 says the same/);
});

test('the lost answer of a read is no unknown change', async () => {
  const lossy = await proxy(() => true);
  assert.equal((await run('rules diff b.yaml', [lossy.url])).exitCode, 3);
});

test('--json prints the API’s answer and nothing else', async () => {
  for (const line of [
    'status',
    'route 1266',
    'rules diff b.yaml',
    'rules show',
    'rules apply b.yaml --yes',
    'rules validate a.yaml',
  ]) {
    const { stdout, stderr } = await run(`${line} --json`);
    assert.equal(stderr, '', line);
    assert.equal(typeof JSON.parse(stdout), 'object', line);
  }
});

test('rules show prints the text byte for byte', async () => {
  assert.equal((await run('rules show')).stdout, THREE_CITIES);
});

test('colours only on a terminal, none with NO_COLOR, and the words are the same', async () => {
  const plain = await run('status');
  const variables = { LDC_CONTROL: bench.url, LDC_TOKEN: TOKENS.operator };
  const coloured = await run('status', undefined, { isTerminal: true, variables });
  const escapes = /\x1b\[\d+m/g;
  assert.match(coloured.stdout, escapes);
  assert.equal(coloured.stdout.replaceAll(escapes, ''), plain.stdout);
  assert.ok(!plain.stdout.includes('\x1b'));
  for (const over of [{ NO_COLOR: '1' }, { TERM: 'dumb' }] as Record<string, string>[]) {
    assert.equal(
      (await run('status', undefined, { isTerminal: true, variables: { ...variables, ...over } })).stdout,
      plain.stdout,
    );
  }
  assert.match((await run('route 1266', undefined, { isTerminal: true, variables })).stdout, /12\x1b\[7m66\x1b\[27m/);
});

test('names in records cannot steer the terminal', async () => {
  await bench.putEdge({ version: '\x1b[2J\x1b]0;owned\x07\u202e' });
  const deadline = performance.now() + 20_000;
  let stdout = '';
  while (!stdout.includes('gateway-hz-a-1 ') && performance.now() < deadline) ({ stdout } = await run('status'));
  assert.match(stdout, /\?\[2J\?\]0;owned\?\?/);
  assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\u202e]/);
});

test('operator.json of --dir gives endpoints, token and authority, over TLS; other readers get a warning', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ldc-operator-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  const authority = createTestAuthority();
  const { certPem: cert, keyPem: key } = authority.issue();
  const secure = await ControlBench.start({ store: bench.store, dir: bench.dir, tls: { cert, key } });
  closers.push(() => secure.node.close());
  assert.match(secure.url, /^https:/);
  const file = join(dir, 'operator.json');
  const ca = join(dir, 'ca.pem');
  await writeFile(ca, authority.caPem);
  await writeFile(file, JSON.stringify({ endpoints: [secure.url], token: TOKENS.operator, ca }), { mode: 0o600 });
  const { readFile } = systemCliEnvironment('0.1.0');
  const world: CliWorld = { variables: {}, over: { readFile } };
  const good = await run(`route 1266 --dir ${dir}`, undefined, world);
  assert.deepEqual([good.exitCode, good.stderr], [0, '']);
  await chmod(file, 0o644);
  const open = await run(`route 1266 --dir ${dir}`, undefined, world);
  assert.equal(open.exitCode, 0);
  assert.match(open.stderr, /warning: other users can read the token.*chmod 600/);
  await writeFile(file, JSON.stringify({ endpoints: [secure.url], token: TOKENS.operator }), { mode: 0o600 });
  const stranger = await run(`route 1266 --dir ${dir}`, undefined, world);
  assert.equal(stranger.exitCode, 3);
  assert.match(stranger.stderr, /certificate/);
});

test('arbitrary command lines end with a documented exit code, and never with a bug', async () => {
  const word = fc.oneof(
    fc.constantFrom(
      'status',
      'route',
      'rules',
      'diff',
      'apply',
      'show',
      'validate',
      'a.yaml',
      '--json',
      '--yes',
      '--',
      '-',
      '--dir',
    ),
    fc.string({ maxLength: 12 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (words) => {
      const { exitCode, stderr } = await ldc(words, { files: FILES, variables: { LDC_CONTROL: DEAD, LDC_TOKEN: 't' } });
      assert.ok([0, 1, 2, 3].includes(exitCode), `${words}: ${exitCode}`);
      assert.doesNotMatch(stderr, /INTERNAL/, JSON.stringify(words));
    }),
    { numRuns: 300 },
  );
});
