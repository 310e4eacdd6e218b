import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { AdoptionAnswer, AuditVerifyAnswer, StatusAnswer, TableAnswer } from '../src/control/api-types.ts';
import { DRILL_RULES } from './support/drill-rules.ts';
import { EtcdServer } from './support/etcd-server.ts';
import { eventually } from './support/eventually.ts';
import { LedgerBooks } from './support/ledger-books.ts';
import { processesNaming } from './support/process-tree.ts';
import { RunningFleet } from './support/running-fleet.ts';

const DATA_CENTERS = ['n-a', 'n-b', 's-a'] as const;
/** Of every unit, some whose shards are moved and some whose are not. */
const USERS = ['10000005', '10000025', '10000045', '10000065', '10000085', '10000095'];
const PAUSE_MS = 30;
/** Where the shards are after the backup, as the gates know it. */
const MOVED = ['00-09 RZ02@s-a', '10-39 RZ01@n-a', '40-59 RZ01@n-a', '60-79 RZ02@s-a', '80-99 RZ03@n-a'];

/** A fleet under load, and how its store is backed up and turned back. */
interface Story {
  readonly fleet: () => RunningFleet;
  readonly books: LedgerBooks;
  backUp(): Promise<void>;
  restore(): Promise<void>;
}

async function json<T>(fleet: RunningFleet, ...args: readonly string[]): Promise<T> {
  const { stdout, stderr } = await fleet.ldc(...args, '--json');
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Error(`ldc ${args.join(' ')} printed ${stdout}${stderr}`);
  }
}

async function table(fleet: RunningFleet): Promise<TableAnswer> {
  const { token } = fleet.read<{ token: string }>('operator.json');
  const answer = await fetch(`${fleet.control}/v1/table`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()) as TableAnswer;
}

async function succeeds(fleet: RunningFleet, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await fleet.ldc(...args);
  assert.equal(code, 0, `ldc ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** As an operator: on a machine that is too busy to answer the plan's probes in time, nothing is started, and one asks again. */
async function operates(fleet: RunningFleet, ...args: readonly string[]): Promise<void> {
  await eventually(`ldc ${args.join(' ')}`, async () => {
    const { code, stdout, stderr } = await fleet.ldc(...args, '--yes');
    const text = stdout + stderr;
    if (code !== 0 && !text.includes('nothing was started')) assert.fail(`ldc ${args.join(' ')}: ${text}`);
    return code === 0;
  });
}

/** What one write of a user gets now. */
async function write(
  fleet: RunningFleet,
  dataCenter: string,
  userId: string,
): Promise<{ status: number; code: string }> {
  const response = await fetch(`${fleet.door(dataCenter)}/ledger/entries`, {
    method: 'POST',
    headers: { 'x-user-id': userId, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'while-it-is-old', amount: 1 }),
    signal: AbortSignal.timeout(60_000),
  });
  const body = (await response.json()) as { error?: { code: string } };
  return { status: response.status, code: body.error?.code ?? '' };
}

async function tell({ fleet, books, backUp, restore }: Story): Promise<void> {
  books.start(PAUSE_MS);
  await books.progress();
  await backUp();
  await books.progress();
  await operates(fleet(), 'move', '00-09', '--to', 'RZ02');
  await operates(fleet(), 'move', '40-59', '--to', 'RZ01');
  await operates(fleet(), 'failover', 'dc', 'n-b');
  await books.progress();
  const before = await table(fleet());
  await restore();
  await books.stop();
  await nothingOldIsServed(fleet(), before);

  const look = await json<AdoptionAnswer>(fleet(), 'store', 'adopt', '--dry-run');
  assert.ok(look.highest.epoch >= before.epoch && look.store.epoch < before.epoch, JSON.stringify(look));
  assert.deepEqual(
    look.shards.filter(({ owner }) => owner === null),
    [],
  );
  const said = await succeeds(fleet(), 'store', 'adopt', '--yes', '--reason', 'drill');
  assert.match(said.replaceAll(/\s+/g, ' '), /adopted: incarnation .* 100 shards served/);

  const after = await table(fleet());
  assert.ok(after.epoch > look.highest.epoch && after.incarnation !== before.incarnation);
  assert.deepEqual(runsOf(after), MOVED);
  await fleet().serves(DATA_CENTERS);
  books.failed.length = 0;
  books.start(PAUSE_MS);
  await books.progress();
  await books.stop();
  for (const dataCenter of DATA_CENTERS) assert.equal(await books.balance(fleet().door(dataCenter)), 0);
  assert.ok((await json<AuditVerifyAnswer>(fleet(), 'audit', 'verify')).whole);
  await succeeds(fleet(), 'failback', 'dc', 'n-b', '--yes');
}

function runsOf({ shards }: TableAnswer): string[] {
  const joined: { from: string; to: string; owner: string }[] = [];
  for (const { shards: name, owner, primary, state } of shards) {
    if (owner === null && state === 'ACTIVE') continue;
    const [from = '', to = from] = name.split('-');
    const place = `${owner}@${primary}`;
    const last = joined.at(-1);
    if (last?.owner === place && Number(last.to) + 1 === Number(from) && !MOVED.some((run) => run.startsWith(from)))
      last.to = to;
    else joined.push({ from, to, owner: place });
  }
  return joined.map(({ from, to, owner }) => `${from}-${to} ${owner}`);
}

/** Tables stay what they were, guards are closed, and nothing but an adoption changes the store. */
async function nothingOldIsServed(fleet: RunningFleet, before: TableAnswer): Promise<void> {
  for (const dataCenter of DATA_CENTERS) {
    await eventually(
      `the guard of ${dataCenter} has closed`,
      async () => {
        const { table: applied, guard } = await fleet.status(dataCenter);
        assert.equal(applied?.epoch, before.epoch, `${dataCenter} took a lower table`);
        return !guard.isOpen && guard.closedBy !== null;
      },
      60_000,
    );
  }
  const tried = DATA_CENTERS.flatMap((dataCenter) => USERS.map((userId) => ({ dataCenter, userId })));
  await Promise.all(
    tried.map(async ({ dataCenter, userId }) => {
      const { status, code } = await write(fleet, dataCenter, userId);
      assert.deepEqual([status, code], [503, 'STORE_LOST'], `${userId} at ${dataCenter}`);
    }),
  );
  await eventually('control sees it', async () => {
    const { findings } = await json<StatusAnswer>(fleet, 'status');
    return findings.some(({ text }) => /the store went back/.test(text));
  });
  const refused = await fleet.ldc('freeze-all', 'on');
  assert.equal(refused.code, 1, refused.stdout);
  assert.match(refused.stderr, /STORE_WENT_BACK/);
  for (const dataCenter of DATA_CENTERS) {
    assert.equal((await fleet.status(dataCenter)).table?.epoch, before.epoch);
  }
}

/** A realm of its own for a test; whatever happens in it, all ends, in this order. */
async function withFleet(
  args: (directory: string) => Promise<readonly string[]>,
  work: (scene: { fleet: RunningFleet; readonly books: LedgerBooks; readonly directory: string }) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'ldc-adopt-'));
  const rules = join(directory, 'drill.yaml');
  writeFileSync(rules, DRILL_RULES);
  try {
    const fleet = await RunningFleet.start({ args: ['--rules', rules, ...(await args(directory))], directory });
    const books = new LedgerBooks(USERS, () => DATA_CENTERS.map((dataCenter) => scene.fleet.door(dataCenter)));
    const scene = { fleet, books, directory };
    try {
      await fleet.serves(DATA_CENTERS);
      await work(scene);
    } finally {
      const stopped = books.stop();
      await scene.fleet.end('SIGKILL');
      await stopped;
    }
  } finally {
    await eventually('nothing is left running', () => processesNaming(directory).length === 0);
    rmSync(directory, { recursive: true, force: true });
  }
}

const HORIZON = ['--guard-horizon', '500'];

test('an embedded store restored from an old backup is served by nobody until it is adopted; then nothing acknowledged is lost', () =>
  withFleet(
    async () => HORIZON,
    async (scene) => {
      const { books, directory } = scene;
      const [file, backup] = [join(directory, 'store.db'), join(directory, 'backup.db')];
      await tell({
        fleet: () => scene.fleet,
        books,
        async backUp() {
          const database = new DatabaseSync(file, { readOnly: true });
          database.exec(`VACUUM INTO '${backup}'`);
          database.close();
        },
        async restore() {
          const { basePort } = scene.fleet;
          const stopped = books.stop();
          await scene.fleet.end('SIGKILL');
          await stopped;
          await eventually('every process ended', () => processesNaming(directory).length === 0);
          for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
          copyFileSync(backup, file);
          scene.fleet = await RunningFleet.start({ args: HORIZON, directory, basePort });
        },
      });
    },
  ));

test('the same with an etcd that is restored under running gateways', async () => {
  const etcd = await EtcdServer.start();
  try {
    await withFleet(
      async () => ['--store', `etcd://${etcd.endpoint}`, ...HORIZON],
      ({ fleet, books, directory }) =>
        tell({
          fleet: () => fleet,
          books,
          async backUp() {
            await etcd.backUp(join(directory, 'backup'));
            await fleet.serves(DATA_CENTERS);
          },
          restore: () => etcd.restore(join(directory, 'backup')),
        }),
    );
  } finally {
    await etcd.stop();
  }
});
