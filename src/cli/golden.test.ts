import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type CliWorld, ldc } from '../../test/support/cli-recorder.ts';
import { type ControlBench, THREE_CITIES, TOKENS } from '../../test/support/control-bench.ts';
import { startHealthyScene, startScene, startTroubledScene } from '../../test/support/operator-scene.ts';
import { RecordedControl } from '../../test/support/recorded-control.ts';
import { OPERATION_CASES, STILL } from './operation-cases.fixture.ts';

/*
 * What every command prints, word for word: golden/<name>.txt is the command line, its standard output, its standard
 * error and its exit code, with a line of dashes between them. `LDC_WRITE_GOLDEN=1` writes them anew; look at the diff.
 */
const GOLDEN = new URL('golden/', import.meta.url);
const DASHES = `\n${'-'.repeat(80)}\n`;

type Scene = 'empty' | 'healthy' | 'troubled' | 'none';

const FILES = {
  'three-cities.yaml': THREE_CITIES,
  'weights.yaml': THREE_CITIES.replace(/(RZ01A:.*weight: )50/, '$170').replace(/(RZ01B:.*weight: )50/, '$130'),
  'other-digits.yaml': THREE_CITIES.replace('fromEnd: 0', 'fromEnd: 1'),
  'renamed-unit.yaml': THREE_CITIES.replaceAll('RZ05', 'RZ06'),
  'mistakes.yaml': THREE_CITIES.replace('weight: 50', 'weight: 51')
    .replace('primary: sz-a', 'primary: sz-x')
    .replace('kind: G', 'kind: X'),
};

/** Name → scene, command line and, where it differs, the world. */
const CASES: Readonly<Record<string, readonly [scene: Scene, line: string, world?: CliWorld]>> = {
  'status-empty': ['empty', 'status'],
  'status-healthy': ['healthy', 'status'],
  'status-troubled': ['troubled', 'status'],
  'route-user': ['healthy', 'route 12345666'],
  'route-own-data-center': ['healthy', 'route 12345666 --at sh-b --path /orders/7 --method post'],
  'route-away': ['troubled', 'route 8803'],
  'route-override': ['troubled', 'route 8805 --at sz-a'],
  'route-frozen-read': ['troubled', 'route 8825'],
  'route-frozen-write': ['troubled', 'route 8825 --method POST'],
  'route-ill-cell': ['troubled', 'route 8827'],
  'route-global': ['healthy', 'route --path /global/whoami --at sz-a'],
  'route-catalog': ['healthy', 'route 12345666 --path /catalog/x --at hz-b'],
  'route-catalog-write': ['healthy', 'route 12345666 --path /catalog/x --method POST'],
  'route-no-user': ['healthy', 'route'],
  'route-bad-user': ['healthy', 'route 12,66'],
  'route-bad-data-center': ['healthy', 'route 1266 --at mars'],
  'rules-validate': ['none', 'rules validate three-cities.yaml weights.yaml'],
  'rules-validate-mistakes': ['none', 'rules validate mistakes.yaml three-cities.yaml'],
  'rules-validate-missing-file': ['none', 'rules validate nowhere.yaml'],
  'rules-diff': ['healthy', 'rules diff weights.yaml'],
  'rules-diff-nothing': ['healthy', 'rules diff three-cities.yaml'],
  'rules-diff-first': ['empty', 'rules diff three-cities.yaml'],
  'rules-diff-refused': ['healthy', 'rules diff renamed-unit.yaml'],
  'rules-diff-mistakes': ['healthy', 'rules diff mistakes.yaml'],
  'rules-diff-offline': ['none', 'rules diff weights.yaml --against three-cities.yaml'],
  'rules-diff-offline-refused': ['none', 'rules diff other-digits.yaml --against three-cities.yaml'],
  'rules-apply-nothing': ['healthy', 'rules apply three-cities.yaml --yes'],
  'rules-apply-refused': ['healthy', 'rules apply renamed-unit.yaml --yes'],
  'rules-apply-mistakes': ['none', 'rules apply mistakes.yaml --yes'],
  'rules-apply-unattended': ['healthy', 'rules apply weights.yaml'],
  'rules-apply-declined': ['healthy', 'rules apply weights.yaml', { answer: 'n' }],
  'rules-apply-conflict': ['troubled', 'rules apply weights.yaml --yes --epoch 1'],
  'rules-apply-viewer': ['healthy', 'rules apply weights.yaml --yes', { variables: { LDC_TOKEN: TOKENS.viewer } }],
  'rules-show-empty': ['empty', 'rules show'],
  'gate-check-silent': ['none', 'gate check http://127.0.0.1:1 --owner RZ01@hz-a --token t'],
  'gate-check-no-owner': ['none', 'gate check http://127.0.0.1:1 --token t'],
  'gate-check-no-token': ['none', 'gate check http://127.0.0.1:1 --owner RZ01@hz-a'],
  'error-no-token-file': ['none', 'status'],
  'error-bad-token-file': ['none', 'status', { files: { '.ldc/operator.json': '{"endpoints": "x"}' } }],
  'error-wrong-token': ['healthy', 'status --token nonsense'],
  'error-unreachable': ['none', 'status --control http://127.0.0.1:1 --token t'],
  'error-bad-url': ['none', 'status --control ftp://here --token t'],
  'error-unknown-command': ['none', 'statsu'],
  'error-unknown-subcommand': ['none', 'rules aply weights.yaml'],
  'error-no-subcommand': ['none', 'rules'],
  'error-unknown-option': ['none', 'status --jsno'],
  'error-option-without-value': ['none', 'route 12 --path --json'],
  'error-option-twice': ['none', 'route 12 --path /a --path /b'],
  'error-missing-operand': ['none', 'rules diff'],
  'error-too-many-operands': ['none', 'route 1 2'],
  'error-bad-timeout': ['none', 'status --timeout soon'],
  'error-bad-epoch': ['none', 'rules apply weights.yaml --yes --epoch last'],
  help: ['none', '--help'],
  'help-status': ['none', 'status --help'],
  'help-route': ['none', 'route --help'],
  'help-rules-validate': ['none', 'rules validate --help'],
  'help-rules-diff': ['none', 'rules diff --help'],
  'help-rules-apply': ['none', 'rules apply -h'],
  'help-rules-show': ['none', 'rules show --help'],
  'help-gate-check': ['none', 'gate check --help'],
  'help-failover': ['none', 'failover --help'],
  'help-failback': ['none', 'failback --help'],
  'help-move': ['none', 'move --help'],
  'help-shift': ['none', 'shift --help'],
  'help-operations': ['none', 'operations --help'],
  'help-abort': ['none', 'abort --help'],
  'help-accept-data-loss': ['none', 'accept-data-loss --help'],
  'help-freeze-all': ['none', 'freeze-all --help'],
  'help-audit': ['none', 'audit --help'],
  'help-audit-verify': ['none', 'audit verify --help'],
  'help-store-adopt': ['none', 'store adopt --help'],
  'store-adopt-not-needed': ['healthy', 'store adopt --yes'],
  'store-adopt-give-up-alone': ['none', 'store adopt --give-up sz-a'],
  version: ['none', '--version'],
  'no-command': ['none', ''],
};

const scenes = new Map<Scene, ControlBench>();

before(async () => {
  scenes.set('empty', await startScene());
  scenes.set('healthy', await startHealthyScene());
  scenes.set('troubled', await startTroubledScene());
  mkdirSync(GOLDEN, { recursive: true });
});

after(async () => {
  for (const bench of scenes.values()) await bench.close();
});

for (const [name, [scene, line, world = {}]] of Object.entries(CASES)) {
  test(`golden ${name}: ldc ${line}`, () => checkGolden(name, line, scenes.get(scene)?.url, world));
}

for (const [name, [recording, line, world = {}]] of Object.entries(OPERATION_CASES)) {
  test(`golden ${name}: ldc ${line}`, async () => {
    const control = await RecordedControl.start(recording);
    try {
      await checkGolden(name, line, control.url, { ...world, over: { ...STILL, ...world.over } });
    } finally {
      await control.close();
    }
  });
}

async function checkGolden(name: string, line: string, url: string | undefined, world: CliWorld): Promise<void> {
  const access: Record<string, string> = url === undefined ? {} : { LDC_CONTROL: url, LDC_TOKEN: TOKENS.operator };
  const run = await ldc(line === '' ? [] : line.split(' '), {
    files: FILES,
    ...world,
    variables: { ...access, ...world.variables },
  });
  const asked = run.questions.map((question) => `asked: ${question}\n`).join('');
  const text = [`$ ldc ${line}`.trimEnd(), run.stdout + asked, run.stderr, `exit code ${run.exitCode}\n`].join(DASHES);
  const file = new URL(`${name}.txt`, GOLDEN);
  // Escapes are shown, so that a reader of the file sees them; an incarnation is another one in each run.
  const shown = text.replaceAll('\x1b', '<ESC>').replace(/(incarnation )[0-9a-f-]{36}/g, '$1<incarnation>');
  if (process.env.LDC_WRITE_GOLDEN === '1') writeFileSync(file, shown);
  assert.equal(shown, readFileSync(file, 'utf8'));
  const tooWide = run.stdout.split('\n').filter((printed) => [...printed].length > 80 && !printed.includes('\x1b'));
  assert.deepEqual(tooWide, [], 'fits 80 columns');
}

test('every golden file belongs to a case', () => {
  assert.deepEqual(
    readdirSync(GOLDEN).sort(),
    [...Object.keys(CASES), ...Object.keys(OPERATION_CASES)].map((name) => `${name}.txt`).sort(),
  );
});
