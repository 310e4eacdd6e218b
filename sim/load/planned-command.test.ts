import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawCommands } from './planned-command.ts';

const HABITS = ['regret', 'worstCopy', 'shuffle', 'apply'] as const;

test('a seed’s commands are the same each time, with names of their own', () => {
  const commands = drawCommands(5, 60_000);
  assert.deepEqual(drawCommands(5, 60_000), commands);
  assert.equal(new Set(commands.map(({ id }) => id)).size, commands.length);
  for (const { atMs } of commands) assert.ok(atMs >= 0 && atMs <= 60_000);
});

test('in a hundred seeds each habit is there, and each is missing somewhere', () => {
  for (const habit of HABITS) {
    const seeds = Array.from({ length: 100 }, (_, seed) => drawCommands(seed + 1, 60_000));
    const having = seeds.filter((commands) => commands.some(({ command }) => command === habit)).length;
    assert.ok(having > 0 && having < 100, `${habit}: ${having} of 100 seeds`);
  }
});

test('how long operators go on does not change what they do first: each row of commands has chance of its own', () => {
  const [short, long] = [drawCommands(7, 30_000), drawCommands(7, 60_000)];
  const early = long.filter(({ atMs }) => atMs < 30_000);
  assert.deepEqual(
    short.filter(({ atMs }) => atMs < 30_000),
    early,
  );
});
