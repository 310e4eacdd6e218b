import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** JavaScript and types of `src` in `dist`, and nothing of an earlier build. */
const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(`${root}/dist`, { recursive: true, force: true });
const { status, error } = spawnSync(`${root}/node_modules/.bin/tsc`, ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (error !== undefined) process.stderr.write(`tsc: ${error.message}\n`);
process.exitCode = status ?? 1;
