import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorsDocument } from './errors-document.ts';

/** `npm run docs:errors`: writes docs/errors.md from the table in src/errors.ts. */
writeFileSync(fileURLToPath(new URL('../docs/errors.md', import.meta.url)), errorsDocument());
