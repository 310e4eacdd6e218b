import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import type { DrillFleet } from './drill-fleet.ts';

/** A gateway's own short transaction may be in the way for less than this. */
const LOCK_MS = 500;
const ATTEMPTS = 100;

/**
 * Stops all of a drill's control processes, none of them inside of a transaction of the embedded store: one that is stopped there
 * keeps the file's lock, and then nobody can write.
 */
export async function stopControls(drill: DrillFleet): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    for (const control of drill.controls.values()) control.signal('SIGSTOP');
    if (drill.storeUrl !== null || isWritable(join(drill.fleet.directory, 'store.db'))) return;
    for (const control of drill.controls.values()) control.signal('SIGCONT');
    await pause(10);
  }
  throw new Error(`${ATTEMPTS} times a control process was stopped inside of a transaction`);
}

function isWritable(file: string): boolean {
  const database = new DatabaseSync(file, { timeout: LOCK_MS });
  try {
    database.exec('BEGIN IMMEDIATE');
    database.exec('ROLLBACK');
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}
