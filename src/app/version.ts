import { readFileSync } from 'node:fs';

/** The version of the package; from the source tree and from the built one the way up is equally long. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
