import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { StatusAnswer } from '../src/control/api-types.ts';
import { eventually } from './support/eventually.ts';
import { whoami } from './support/fleet-whoami.ts';
import { refusedAtInterlink } from './support/interlink-intruder.ts';
import { processesNaming } from './support/process-tree.ts';
import { RedisServer } from './support/redis-server.ts';
import { RunningFleet } from './support/running-fleet.ts';
import { createTestAuthority } from './support/test-certificates.ts';
import { TWO_CITY_RULES } from './support/two-city-rules.ts';

/** The story of one fleet, from its first start to its end: each test goes on where the one before ended. */
let redis: RedisServer;
let fleet: RunningFleet;
let directory: string;
const writer = { 'x-user-id': '10000077', 'content-type': 'application/json' };

before(async () => {
  redis = await RedisServer.start();
  directory = mkdtempSync(join(tmpdir(), 'ldc-fleet-'));
  writeFileSync(join(directory, 'two-cities.yaml'), TWO_CITY_RULES);
  const args = ['--rules', join(directory, 'two-cities.yaml'), '--redis', redis.url];
  fleet = await RunningFleet.start({ args, directory });
});
after(async () => {
  await fleet?.end('SIGKILL');
  await redis?.stop();
  await eventually('nothing is left running', () => processesNaming(directory).length === 0);
  rmSync(directory, { recursive: true, force: true });
});

async function status(): Promise<StatusAnswer> {
  const { stdout } = await fleet.ldc('status', '--json');
  return JSON.parse(stdout) as StatusAnswer;
}

test('its sample token names a user at every door', async () => {
  const token = readFileSync(join(directory, 'sample.jwt'), 'utf8').trim();
  for (const dataCenter of ['n-a', 's-a']) {
    const answer = await whoami(fleet.door(dataCenter), { authorization: `Bearer ${token}` });
    assert.deepEqual([answer.userId, answer.unit], ['10000007', 'RZ01']);
  }
});

test('a session in Redis names a user; without Redis sessions are refused at once, and other users go on', async () => {
  await redis.command('SET', 'session:first', '10000063');
  const answer = await whoami(fleet.door('n-a'), { cookie: 'sid=first' });
  assert.deepEqual([answer.userId, answer.unit], ['10000063', 'RZ02']);
  await redis.kill();
  for (const session of ['second', 'third']) {
    const begin = performance.now();
    const response = await fetch(`${fleet.door('n-a')}/whoami`, { headers: { cookie: `sid=${session}` } });
    const { error } = (await response.json()) as { error: { code: string } };
    assert.deepEqual([response.status, error.code], [503, 'IDENTITY_UNAVAILABLE']);
    // A look-up may take 250 ms; the rest is for a busy machine.
    assert.ok(performance.now() - begin < 5_000, `${performance.now() - begin} ms`);
  }
  assert.equal((await whoami(fleet.door('n-a'), '10000063')).unit, 'RZ02');
});

test('files with a secret in them are their owner’s alone', () => {
  const secrets = JSON.parse(readFileSync(join(directory, 'secrets.json'), 'utf8')) as Record<string, string>;
  const words = [...Object.values(secrets), 'PRIVATE KEY', readFileSync(join(directory, 'sample.jwt'), 'utf8').trim()];
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
  const secret = files.filter((path) => words.some((word) => readFileSync(path, 'latin1').includes(word)));
  assert.ok(secret.length >= 10, secret.join(', '));
  assert.deepEqual(
    secret.filter((path) => (statSync(path).mode & 0o777) !== 0o600),
    [],
  );
});

test('a ruleset with five mistakes gets five messages with their lines, and what runs stays', async () => {
  const mistaken = TWO_CITY_RULES.replace('home: 00-49', 'home: 00-44')
    .replace('remoteTargets: [RZ02]', 'remoteTargets: [RZ09]')
    .replace('RZ02A: {dataCenter: s-a}', 'RZ02A: {dataCenter: s-a, weight: 90}')
    .replace('path: /*', 'path: users/*')
    .replace('onMissing: reject', 'onMissing: guess');
  const file = join(directory, 'mistaken.yaml');
  writeFileSync(file, mistaken);
  const { code, stdout, stderr } = await fleet.ldc('rules', 'apply', file, '--yes');
  assert.equal(code, 1);
  const said = (stdout + stderr).replaceAll(/\n\s+/g, ' ');
  const lines = mistaken.split('\n');
  const lineOf = (text: string): number => lines.findIndex((line) => line.includes(text)) + 1;
  for (const text of ['RZ09', 'weight: 90', 'users/*', 'guess']) {
    assert.match(said, new RegExp(`mistaken\\.yaml:${lineOf(text)}\\)`), `${text}:\n${said}`);
  }
  assert.match(said, /shards 45-49 have no home/);
  assert.equal(said.match(/mistaken\.yaml:\d+\)/g)?.length, 5, said);
  assert.equal((await status()).table?.epoch, 1);
  assert.equal((await whoami(fleet.door('s-a'), '10000047')).unit, 'RZ01');
});

test('its interlink takes nobody without a certificate of its authority, and goes on', async () => {
  const address = fleet.interlink('s-a');
  const stranger = createTestAuthority().issue({ uris: ['ldc://two-cities/n-a/gateway-n-a-1'] });
  assert.equal(await refusedAtInterlink(address, { kind: 'plain' }), 'refused');
  assert.equal(await refusedAtInterlink(address, { kind: 'tls' }), 'refused');
  const foreign = { kind: 'tls', cert: stranger.certPem, key: stranger.keyPem } as const;
  assert.equal(await refusedAtInterlink(address, foreign), 'refused');
  assert.equal((await whoami(fleet.door('n-a'), '10000063')).cell, 'RZ02A');
});

test('a second fleet in its directory is refused, and so is one on its ports', async () => {
  const second = await RunningFleet.launch({ directory });
  await eventually('the second fleet ended', () => second.hasEnded);
  assert.equal(second.process.exitCode, 2);
  assert.match(second.output, /a fleet \(process \d+\) runs in/);
  const third = await RunningFleet.launch({ basePort: fleet.basePort });
  try {
    await eventually('the third fleet ended', () => third.hasEnded);
    assert.equal(third.process.exitCode, 2);
    assert.match(third.output, new RegExp(`port ${fleet.basePort} \\(control API\\) is taken`));
    assert.match(third.output, new RegExp(`port ${fleet.basePort + 1} \\(door of gateway-`));
    assert.deepEqual(processesNaming(third.directory), []);
  } finally {
    await third.stop();
  }
  assert.equal((await whoami(fleet.door('n-a'), '10000063')).cell, 'RZ02A');
});

test('a child that dies is named and started again', async () => {
  for (const name of ['cells-s-a', 'gateway-n-a-1', 'control-1']) {
    const pid = fleet.children().get(name);
    assert.ok(pid !== undefined, name);
    process.kill(pid, 'SIGKILL');
    await eventually(`${name} is named`, () => fleet.output.includes(`${name} ended (signal SIGKILL)`));
  }
  await eventually(
    'all serve again',
    async () => {
      await whoami(fleet.door('n-a'), '10000063');
      await whoami(fleet.door('s-a'), '10000007');
      return (await status()).table?.epoch === 1;
    },
    60_000,
  );
});

test('killed, it leaves no process behind; started again in its directory, it has its rules and its data', async () => {
  const written = await fetch(`${fleet.door('n-a')}/ledger/entries`, {
    method: 'POST',
    headers: writer,
    body: JSON.stringify({ id: 'kept', amount: 40 }),
  });
  assert.equal(written.status, 201, await written.text());
  const changed = join(directory, 'changed.yaml');
  writeFileSync(
    changed,
    TWO_CITY_RULES.replace('onMissing: reject', 'onMissing: reject\n    timeouts: {connectMs: 2000}'),
  );
  const applied = await fleet.ldc('rules', 'apply', changed, '--yes');
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  await fleet.end('SIGKILL');
  await eventually('every process ended', () => processesNaming(directory).length === 0);

  fleet = await RunningFleet.start({ directory });
  assert.equal((await status()).table?.epoch, 2);
  assert.equal((await fleet.ldc('rules', 'show')).stdout, readFileSync(changed, 'utf8'));
  const read = await fetch(`${fleet.door('n-a')}/ledger/entries/kept`, { headers: writer });
  const entry = (await read.json()) as { amount: number };
  assert.deepEqual([read.status, entry.amount], [200, 40]);
});

test('Ctrl-C ends every process', async () => {
  assert.ok(processesNaming(directory).length >= 6);
  await fleet.end('SIGINT');
  assert.equal(fleet.process.exitCode, 0, fleet.output);
  assert.deepEqual(processesNaming(directory), []);
  assert.ok(!readdirSync(directory).includes('fleet.pid'));
});

test('killed while it starts, it leaves no process behind', async () => {
  fleet = await RunningFleet.launch({ directory });
  await eventually('a child is there', () => fleet.children().size > 0);
  await fleet.end('SIGKILL');
  await eventually('every process ended', () => processesNaming(directory).length === 0);
});
