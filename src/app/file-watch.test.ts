import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HandClock } from '../../test/support/hand-clock.ts';
import { FileWatch } from './file-watch.ts';

test('a replaced, a vanished and a returned file are each told once, at the next look', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'ldc-watch-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'door.pem');
  writeFileSync(file, 'one');
  const clock = new HandClock();
  let changes = 0;
  const watch = new FileWatch([file], clock, 1000, () => {
    changes += 1;
  });
  await clock.advance(5000);
  assert.equal(changes, 0);
  writeFileSync(join(directory, 'new.pem'), 'another');
  renameSync(join(directory, 'new.pem'), file);
  await clock.advance(1000);
  assert.equal(changes, 1);
  rmSync(file);
  await clock.advance(1000);
  assert.equal(changes, 2);
  writeFileSync(file, 'back');
  await clock.advance(3000);
  assert.equal(changes, 3);
  watch.close();
  rmSync(file);
  await clock.advance(5000);
  assert.equal(changes, 3);
});
