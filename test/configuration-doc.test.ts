import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readControlConfig } from '../src/app/control-config.ts';
import { readGatewayConfig } from '../src/app/gateway-config.ts';
import { CodedError } from '../src/errors.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const text = read('docs/configuration.md');

type Group = Readonly<Record<string, unknown>>;
type Reader = (value: unknown, source: string) => object;

const CONTROL = 'control: ';
const UNKNOWN = { 'no-such-setting': 1 };

/** Every group that a gateway and a control node read, each with a name in it that is no setting. */
const GATEWAY_GROUPS = {
  ...UNKNOWN,
  store: UNKNOWN,
  door: { ...UNKNOWN, tls: UNKNOWN },
  admin: UNKNOWN,
  interlink: UNKNOWN,
  redis: UNKNOWN,
  identity: { ...UNKNOWN, token: UNKNOWN, keys: UNKNOWN, session: UNKNOWN },
  cells: UNKNOWN,
  message: UNKNOWN,
  tableFeed: UNKNOWN,
  guard: UNKNOWN,
  hold: UNKNOWN,
  announce: UNKNOWN,
  workers: UNKNOWN,
};
const CONTROL_GROUPS = {
  ...UNKNOWN,
  store: UNKNOWN,
  listen: UNKNOWN,
  tls: UNKNOWN,
  operations: UNKNOWN,
  safety: UNKNOWN,
  api: { ...UNKNOWN, failures: UNKNOWN },
};

/** What has no default, so that the rest can be read. */
const STORE = { url: 'embedded:/store.db' };
const GATEWAY_LEAST = {
  ...{ node: 'n', realm: 'r', dataCenter: 'd', directory: '/d', store: STORE },
  door: { port: 0 },
  admin: { port: 0, token: '0123456789abcdef' },
  interlink: { port: 0, ca: 'ca', cert: 'cert', key: 'key' },
};
const CONTROL_LEAST = { node: 'n', realm: 'r', store: STORE, listen: { port: 0 }, tokens: 'tokens' };

/** The settings that a reader knows, as it says itself when it is given one that it does not know. */
function knownSettings(reader: Reader, groups: Group): string[] {
  const said = detailOf(() => reader(groups, 'probe'));
  const found: string[] = [];
  for (const [, path = '', names = ''] of said.matchAll(
    /^ *(.*)no-such-setting: is not a setting; known here: (.*)$/gm,
  )) {
    found.push(...names.split(', ').map((name) => path + name));
  }
  const isGroup = (path: string): boolean => typeof valueAt(groups, path) === 'object';
  return found.filter((path) => !isGroup(path));
}

function detailOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error));
    return error.detail;
  }
  return assert.fail('the reader takes a name that nobody knows');
}

function valueAt(root: object, path: string): unknown {
  let value: unknown = root;
  for (const name of path.split('.')) value = (value as Group | null | undefined)?.[name];
  return value;
}

/** A default as the page writes it. */
function shownDefault(reader: Reader, least: Group, path: string): string {
  if (valueAt(least, path) !== undefined) return 'required';
  const config = reader(least, 'least');
  // The bounds of a store are read from beside its address and kept in a group of their own.
  const settingsPath = path.replace('store.', 'store.settings.');
  const value = valueAt(config, path) === undefined ? valueAt(config, settingsPath) : valueAt(config, path);
  if (value === null) return 'none';
  if (value === undefined) return isOptionalText(path) ? 'none' : 'required';
  if (typeof value === 'number') return value < 1 ? `${value}` : `${value}`.replace(/\B(?=(\d{3})+$)/g, ',');
  return typeof value === 'object' ? JSON.stringify(value) : `${value}`;
}

/** Within a group that is absent as a whole there is nothing to look at; all else in such groups must be given. */
const isOptionalText = (path: string): boolean => path === 'redis.ca';

function settingsOfCode(): Map<string, string> {
  const settings = new Map<string, string>();
  for (const path of knownSettings(readGatewayConfig, GATEWAY_GROUPS)) {
    settings.set(path, shownDefault(readGatewayConfig, GATEWAY_LEAST, path));
  }
  for (const path of knownSettings(readControlConfig, CONTROL_GROUPS)) {
    const shown = shownDefault(readControlConfig, CONTROL_LEAST, path);
    if (path.startsWith('store.'))
      assert.equal(shown, settings.get(path), `${path} is the same for gateway and control`);
    else settings.set(CONTROL + path, shown);
  }
  return settings;
}

function settingsOfPage(): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const row = /^\| `([^`]+)` \| [^|]+ \| ([^|]+) \| \S[^|]* \|$/.exec(line);
    if (row === null) continue;
    const [, path = '', shown = ''] = row;
    assert.ok(!settings.has(path), `${path} has two rows`);
    settings.set(path, shown.trim());
  }
  return settings;
}

test('docs/configuration.md has every setting of the code with its default, and no other', () => {
  const code = settingsOfCode();
  assert.ok(code.size > 100, `${code.size} settings found in the code`);
  assert.deepEqual(new Map([...settingsOfPage()].sort()), new Map([...code].sort()));
});

test('the complete example is the one that is deployed, and a gateway takes it', () => {
  const example = read('deploy/config/gateway.yaml');
  assert.ok(
    text.includes(`\`\`\`yaml\n${example}\`\`\``),
    'docs/configuration.md has deploy/config/gateway.yaml word for word',
  );
  const config = readGatewayConfig(parse(example), 'deploy/config/gateway.yaml');
  assert.equal(config.store.url.startsWith('etcds://'), true);
});

test('a control node takes the example of its own, on the same store', () => {
  const control = readControlConfig(parse(read('deploy/config/control.yaml')), 'deploy/config/control.yaml');
  const gateway = readGatewayConfig(parse(read('deploy/config/gateway.yaml')), 'deploy/config/gateway.yaml');
  assert.deepEqual([control.realm, control.store], [gateway.realm, gateway.store]);
});
