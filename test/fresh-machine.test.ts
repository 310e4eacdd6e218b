import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { banStarts } from '../scripts/start-ban.ts';
import { type Machine, planServers, TEST_SERVERS } from '../scripts/test-servers.ts';
import { eventually } from './support/eventually.ts';

const INSTALL = new URL('../scripts/debian-install.ts', import.meta.url).href;
const NO_ONE = 4_194_305;

function machine(known: Partial<Machine>): Machine {
  return { isRoot: true, distribution: 'debian', mayInstall: true, hasProgram: () => false, ...known };
}

describe('the plan for a machine', () => {
  test('is nothing where all programs are there, whatever the machine', () => {
    const plan = planServers(machine({ isRoot: false, distribution: 'alpine', hasProgram: () => true }));
    assert.deepEqual(plan, { kind: 'ready' });
  });

  test('is to install what is missing, and only that, for root on Debian', () => {
    const plan = planServers(machine({ hasProgram: (program) => program === 'etcd' }));
    assert.deepEqual(plan, {
      kind: 'install',
      servers: TEST_SERVERS.filter(({ program }) => program !== 'etcd'),
    });
  });

  test('takes the browser that is there: it need not be the one that would be installed', () => {
    const here = ['etcd', 'redis-server', 'chromium'];
    assert.equal(planServers(machine({ hasProgram: (program) => here.includes(program) })).kind, 'ready');
  });

  test('is to refuse with the command to run, where nothing may or can be installed', () => {
    const cases: [Partial<Machine>, RegExp][] = [
      [{ mayInstall: false }, /LDC_NO_INSTALL is set/],
      [{ isRoot: false }, /not root/],
      [{ distribution: 'fedora' }, /not Debian \(fedora\)/],
      [{ distribution: '' }, /not Debian \(unknown\)/],
    ];
    for (const [known, reason] of cases) {
      const plan = planServers(machine(known));
      assert.ok(plan.kind === 'refuse', JSON.stringify(known));
      assert.match(plan.message, reason);
      assert.match(
        plan.message,
        /apt-get install -y --no-install-recommends etcd-server redis-server chromium-headless-shell\n/,
      );
    }
  });
});

describe('an installation on Debian', () => {
  let directory: string;
  let policy: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ldc-apt-'));
    policy = join(directory, 'policy-rc.d');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** Stands in for apt, whose real effects no test may have; `text` is the body of the program. */
  function program(name: string, text: string): void {
    writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  /** Runs the real installation in a process of its own, with the programs above. */
  function install(): ChildProcess & { output(): string } {
    const code = `
      const { installOnDebian } = await import(${JSON.stringify(INSTALL)});
      const servers = [{ program: 'redis-server', debianPackage: 'redis-server', service: 'redis-server' }];
      try { await installOnDebian(servers, (line) => console.log(line), ${JSON.stringify(policy)}); }
      catch (error) { console.log('failed: ' + error.message); process.exitCode = 3; }`;
    const env = { ...process.env, PATH: `${directory}:/usr/bin:/bin` };
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    return Object.assign(child, { output: () => output });
  }

  async function ended(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode ?? child.signalCode;
  }

  const KNOWN = 'printf "redis-server:\\n  Installed: (none)\\n  Candidate: 5:7.0\\n"';

  test('says what it does, forbids starts while it does it, and not afterwards', async () => {
    program('apt-cache', KNOWN);
    program('apt-get', `echo "$@" >> ${directory}/calls; cp ${policy} ${directory}/seen; ${policy}; test $? = 101`);
    const child = install();
    assert.equal(await ended(child), 0, child.output());
    assert.match(
      child.output(),
      /Installing, without starting any daemon:\n\s+apt-get install -y --no-install-recommends redis-server\n/,
    );
    assert.equal(readFileSync(join(directory, 'calls'), 'utf8').match(/update/), null);
    assert.match(readFileSync(join(directory, 'seen'), 'utf8'), /exit 101/);
    assert.ok(!existsSync(policy));
  });

  test('reads the package lists first where they do not have the package, and again where they are old', async () => {
    program('apt-cache', 'printf "redis-server:\\n  Installed: (none)\\n  Candidate: (none)\\n"');
    program('apt-get', `echo "$@" | grep -o -w -E 'q (update|install)' >> ${directory}/calls`);
    assert.equal(await ended(install()), 0);
    assert.deepEqual(readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n'), ['q update', 'q install']);
    program('apt-cache', KNOWN);
    program(
      'apt-get',
      `echo "$@" | grep -o -w -E 'q (update|install)' >> ${directory}/again; grep -q update ${directory}/again`,
    );
    assert.equal(await ended(install()), 0);
    assert.deepEqual(readFileSync(join(directory, 'again'), 'utf8').trim().split('\n'), [
      'q install',
      'q update',
      'q install',
    ]);
  });

  test('fails with the words of apt, and leaves nothing behind', async () => {
    program('apt-cache', KNOWN);
    program('apt-get', 'echo "E: no space left on the moon"; exit 100');
    const child = install();
    assert.equal(await ended(child), 3);
    assert.match(child.output(), /failed: apt-get update failed:\nE: no space left on the moon\n/);
    assert.ok(!existsSync(policy));
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`forbids starts until apt has ended when ${signal} interrupts it, and then ends by that signal`, async () => {
      program('apt-cache', KNOWN);
      // Like dpkg in the middle of a package: finishes it first, and only then ends.
      const end = `test -e ${policy} && touch ${directory}/banned-to-the-end; kill $!; exit 1`;
      program('apt-get', `trap '${end}' TERM; touch ${directory}/begun; sleep 60 & wait`);
      const child = install();
      await eventually('apt runs', () => existsSync(join(directory, 'begun')));
      child.kill(signal);
      assert.equal(await ended(child), signal, child.output());
      assert.ok(existsSync(join(directory, 'banned-to-the-end')));
      assert.ok(!existsSync(policy));
    });
  }

  test('never touches a policy of somebody else, and stops what that one may have let start', async () => {
    writeFileSync(policy, '#!/bin/sh\nexit 0\n');
    program('apt-cache', KNOWN);
    program('apt-get', 'exit 0');
    program('invoke-rc.d', `echo "$@" > ${directory}/stopped`);
    assert.equal(await ended(install()), 0);
    assert.equal(readFileSync(policy, 'utf8'), '#!/bin/sh\nexit 0\n');
    assert.equal(readFileSync(join(directory, 'stopped'), 'utf8'), 'redis-server stop\n');
  });

  test('removes a ban of its own whose process was killed, and none whose process lives', () => {
    const living = banStarts(policy);
    assert.equal(banStarts(policy).isOurs, false);
    writeFileSync(policy, readFileSync(policy, 'utf8').replace(`process ${process.pid}`, `process ${NO_ONE}`));
    const next = banStarts(policy);
    assert.equal(next.isOurs, true);
    next.lift();
    living.lift();
    assert.ok(!existsSync(policy));
  });
});
