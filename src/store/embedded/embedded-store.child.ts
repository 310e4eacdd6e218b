import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { machineClock } from '../../../test/support/machine-clock.ts';
import { openStore } from '../open-store.ts';
import { machineRandom } from '../store-bench.fixture.ts';

/**
 * Another process for the tests of the embedded store: `write URL REALM NAME` writes NAME/0, NAME/1, … and reports each
 * one when it was acknowledged, until it is killed; `count URL REALM NAME TIMES` adds TIMES to one counter; `lock FILE`
 * holds the write lock until it is told to go.
 */
const [task, where = '', realm = '', name = '', times = '0'] = process.argv.slice(2);
const report = (message: string): void => void process.send?.(message);
/** What they claim is not how fast the machine is: another test may have both cores. */
const settings = { readMs: 30_000, transactMs: 30_000 };
const open = (): ReturnType<typeof openStore> =>
  openStore({ url: where, realm, clock: machineClock, random: machineRandom, settings });

async function write(): Promise<void> {
  const store = open();
  for (let index = 0; ; index += 1) {
    const key = `${name}/${index}`;
    // Two keys at once: after the kill there must never be one without the other.
    await store.transact(
      [],
      [
        { key, value: 'x'.repeat(index % 3_000) },
        { key: `pair-${key}`, value: String(index) },
      ],
    );
    report(key);
  }
}

async function count(): Promise<void> {
  const store = open();
  for (let done = 0; done < Number(times); ) {
    const [entry] = (await store.read(['counter'])).entries;
    const value = String(Number(entry?.value ?? 0) + 1);
    const result = await store.transact(
      [{ key: 'counter', version: entry?.version ?? null }],
      [{ key: 'counter', value }],
    );
    if (result.kind === 'committed') done += 1;
  }
  await store.close();
}

async function lock(): Promise<void> {
  const database = new DatabaseSync(where, { timeout: 5_000 });
  database.exec('BEGIN IMMEDIATE');
  report('locked');
  await once(process, 'message');
  database.exec('ROLLBACK');
  report('free');
}

if (task === 'write') await write();
else if (task === 'count') await count();
else if (task === 'lock') await lock();
process.disconnect?.();
