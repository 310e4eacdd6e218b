import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressKey, parseInstanceAddress, parseInstanceId, parseInstanceSource } from './instance-address.ts';

test('reads names, IPv4 and IPv6 addresses and DNS sources', () => {
  assert.deepEqual(parseInstanceAddress('a-1.cells.example:80'), {
    ok: true,
    value: { host: 'a-1.cells.example', port: 80 },
  });
  assert.deepEqual(parseInstanceAddress('10.0.0.1:65535'), { ok: true, value: { host: '10.0.0.1', port: 65_535 } });
  assert.deepEqual(parseInstanceAddress('[fd00::1]:8080'), { ok: true, value: { host: 'fd00::1', port: 8080 } });
  assert.deepEqual(parseInstanceSource('dns:cells.example:80'), {
    ok: true,
    value: { origin: 'dns', name: 'cells.example', port: 80 },
  });
  assert.deepEqual(parseInstanceSource('h:1'), {
    ok: true,
    value: { origin: 'list', address: { host: 'h', port: 1 } },
  });
});

test('refuses everything else, and says what was seen and what is allowed', () => {
  const refused = [
    '',
    ':80',
    'host',
    'host:',
    'host:0',
    'host:65536',
    'host:1e3',
    'host:-1',
    'a b:80',
    'http://a:80',
    'a:80/x',
    'fd00::1:80',
    '[10.0.0.1]:80',
    '[]:80',
    '256.1.1.1:80',
    '1.2.3:80',
    '-a:80',
    'a..b:80',
    'a\r\n:80',
    `${'a'.repeat(64)}:80`,
    'dns:a:80',
  ];
  for (const text of refused) {
    const parsed = parseInstanceAddress(text);
    assert.equal(parsed.ok, false, text);
    if (!parsed.ok) assert.ok(parsed.detail.includes(JSON.stringify(text)), parsed.detail);
  }
  for (const text of ['dns:', 'dns:a', 'dns:10.0.0.1:80', 'dns:[::1]:80', 'dns:dns:a:80']) {
    assert.equal(parseInstanceSource(text).ok, false, text);
  }
  for (const text of ['', ' a', 'a b', 'a/b', 'ä', 'a'.repeat(129)])
    assert.equal(parseInstanceId(text).ok, false, text);
  assert.deepEqual(parseInstanceId('cell-1.a:b_c'), { ok: true, value: 'cell-1.a:b_c' });
});

test('one instance has one key whatever its case', () => {
  assert.equal(addressKey({ host: 'A.Example', port: 1 }), 'a.example:1');
  assert.equal(addressKey({ host: 'FD00::1', port: 1 }), '[fd00::1]:1');
});
