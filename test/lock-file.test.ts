import assert from 'node:assert/strict';
import { test } from 'node:test';
import manifest from '../package.json' with { type: 'json' };
import lock from '../package-lock.json' with { type: 'json' };

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
}

const packages = lock.packages as Readonly<Record<string, LockedPackage>>;

test('the lock file names no registry but the public one', () => {
  const foreign = Object.entries(packages)
    .filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'))
    .map(([path, { resolved }]) => `${path}: ${resolved}`);
  assert.deepEqual(foreign, []);
});

test('the lock file has every optional package of every platform', () => {
  // A lock file was made against a registry that lacked some of Biome's packages for other platforms. npm left them out
  // without a word, and from then on `npm ci` failed everywhere: package.json and package-lock.json were "not in sync".
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
      )
      .map((name) => `${path} needs ${name}`),
  );
  assert.deepEqual(missing, []);
});

test('every install script was looked at: allowed or refused by name', () => {
  const decided: Readonly<Record<string, boolean>> = manifest.allowScripts;
  const undecided = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
    .filter((name) => decided[name] === undefined);
  assert.deepEqual(undecided, []);
});

test('every dependency is pinned to one version', () => {
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  assert.deepEqual(
    all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    [],
  );
});
