import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../errors.ts';
import { type ConfigReader, readConfig } from './config-reader.ts';

function mistakesOf(value: unknown, read: (config: ConfigReader) => unknown): string[] {
  try {
    readConfig(value, 'it.yaml', read);
    return [];
  } catch (error) {
    assert.ok(error instanceof CodedError && error.code === 'CONFIG_INVALID', String(error));
    const [source, ...lines] = error.detail.split('\n');
    assert.equal(source, 'it.yaml:');
    return lines.map((line) => line.trim());
  }
}

test('reports all mistakes at once, each with its path, what was seen and what is allowed', () => {
  const read = (config: ConfigReader): unknown => [
    config.text('directory'),
    config.name('node'),
    config.flag('accessLog', true),
    config.texts('names'),
    config.group('door', (door) => [door.port('port'), door.numbers({ headMs: 10, burst: 0 })]),
  ];
  const value = { node: 'Not a name', accessLog: 'yes', names: ['a', 1], door: { port: 70_000, headMs: 0, burst: -1 } };
  assert.deepEqual(mistakesOf(value, read), [
    'directory: is missing, must be a text of at least 1',
    'node: is "Not a name", must be 1 to 63 lower-case letters, digits and dashes',
    'accessLog: is "yes", must be true or false',
    'names: is ["a",1], must be a list of texts',
    'door.port: is 70000, must be a port, 0 to 65535',
    'door.headMs: is 0, must be a whole number from 1 to 2147483647',
    'door.burst: is -1, must be a whole number from 0',
  ]);
});

test('a mistyped setting is never ignored', () => {
  const read = (config: ConfigReader): unknown => config.group('door', (door) => door.numbers({ headMs: 10 }));
  assert.deepEqual(mistakesOf({ door: { headms: 5 }, dor: {} }, read), [
    'door.headms: is not a setting; known here: headMs',
    'dor: is not a setting; known here: door',
  ]);
});

test('a secret that is too short is not repeated in the message', () => {
  const [mistake] = mistakesOf({ token: 'hunter2' }, (config) => config.text('token', { minLength: 16 }));
  assert.equal(mistake, 'token: is "a text of 7 characters", must be a text of at least 16');
});

test('a time that a timer of Node.js cannot wait is refused', () => {
  const read = (config: ConfigReader): unknown => config.numbers({ idleMs: 1, bytes: 1 });
  assert.deepEqual(mistakesOf({ idleMs: 2 ** 31 - 1, bytes: 2 ** 40 }, read), []);
  assert.match(mistakesOf({ idleMs: 2 ** 31 }, read).join(), /idleMs: is 2147483648, must be .* to 2147483647/);
});

test('settings keep the kind of their default: fractions, flags, whole numbers', () => {
  const defaults = { share: 0.5, isOn: true, count: 3 };
  const read = (config: ConfigReader): unknown => config.numbersAndFlags(defaults);
  assert.deepEqual(readConfig({ share: 0.25, isOn: false }, 'it', read), { share: 0.25, isOn: false, count: 3 });
  assert.equal(mistakesOf({ share: 0, isOn: 1, count: 1.5 }, read).length, 3);
});

test('what is not a group of settings is said to be none', () => {
  for (const value of [null, [], 'text', 7]) {
    assert.match(mistakesOf(value, (config) => config.flag('a', true)).join(), /must be a group of settings/);
  }
});
