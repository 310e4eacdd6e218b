import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lossesOf } from '../core/loss/loss.ts';
import { surviveLoss } from '../core/loss/survive-loss.ts';
import type { TopologyDocument } from '../core/topology-document.ts';
import { parseRuleset } from './parse-ruleset.ts';

const RULES = new URL('../../rules/', import.meta.url);

function reference(name: string): TopologyDocument {
  const parsed = parseRuleset(readFileSync(new URL(name, RULES)), `rules/${name}`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.mistakes.map((mistake) => mistake.message).join('\n'));
  return parsed.document;
}

for (const name of readdirSync(RULES).filter((file) => file.endsWith('.yaml'))) {
  test(`rules/${name} is right, names its schema, and survives what it says`, () => {
    const document = reference(name);
    const [first] = readFileSync(new URL(name, RULES), 'utf8').split('\n');
    assert.equal(first, '# yaml-language-server: $schema=./ruleset.schema.json');
    for (const loss of lossesOf(document, document.survive ?? 'city')) {
      assert.equal(surviveLoss(document, loss).placement.shortage, null, loss.id);
    }
  });
}

test('the reference has the table that the fleet is tested against', () => {
  const rows = reference('three-cities.yaml').units.map((unit) => {
    const cells = unit.cells.map((cell) => `${cell.id} ${cell.dataCenter} ${cell.weight}`).join(', ');
    const home = unit.home.map((run) => run.join('-')).join();
    return [unit.id, unit.globalHome ? 'G' : home, unit.primary, cells, unit.remoteTargets.join(), unit.capacity];
  });
  assert.deepEqual(rows, [
    ['RZ01', '0-19', 'hz-a', 'RZ01A hz-a 50, RZ01B hz-b 50', 'RZ03,RZ05', 40],
    ['RZ02', '20-39', 'hz-b', 'RZ02A hz-a 50, RZ02B hz-b 50', 'RZ04,RZ05', 40],
    ['RZ03', '40-59', 'sh-a', 'RZ03A sh-a 50, RZ03B sh-b 50', 'RZ01,RZ05', 40],
    ['RZ04', '60-79', 'sh-b', 'RZ04A sh-a 50, RZ04B sh-b 50', 'RZ02,RZ05', 40],
    ['RZ05', '80-99', 'sz-a', 'RZ05A sz-a 100', 'RZ01,RZ03', 60],
    ['GZ00', 'G', 'hz-a', 'GZ00A hz-a 100, GZ00B hz-b 0', 'GZ01', null],
    ['GZ01', '', 'sh-a', 'GZ01A sh-a 100', '', null],
    ['CZHZ', '', null, 'CZHZA hz-a 100, CZHZB hz-b 100', 'CZSH', null],
    ['CZSH', '', null, 'CZSHA sh-a 100, CZSHB sh-b 100', 'CZSZ', null],
    ['CZSZ', '', null, 'CZSZA sz-a 100', 'CZHZ', null],
  ]);
});

test('when Hangzhou is lost its forty shards find a place, also with Shenzhen down already', () => {
  const document = reference('three-cities.yaml');
  const moves = (...dataCenters: string[]): string[] =>
    surviveLoss(document, { kind: 'city', id: 'x', dataCenters: new Set(dataCenters) }).placement.moves.map(
      ({ from, to, shards }) => `${from} → ${to}: ${shards.map((run) => run.join('-')).join()}`,
    );
  assert.deepEqual(moves('hz-a', 'hz-b'), ['RZ01 → RZ03: 0-19', 'RZ02 → RZ04: 20-39']);
  assert.deepEqual(moves('hz-a', 'hz-b', 'sz-a'), ['RZ01 → RZ03: 0-19', 'RZ02 → RZ04: 20-39']);
});

test('compiling is deterministic: the same text gives the same bytes', () => {
  assert.equal(JSON.stringify(reference('three-cities.yaml')), JSON.stringify(reference('three-cities.yaml')));
});
