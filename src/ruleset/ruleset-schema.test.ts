import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { RULESET_SCHEMA } from './ruleset-schema.ts';
import type { SchemaPart } from './schema-parts.ts';

const PUBLISHED = new URL('../../rules/ruleset.schema.json', import.meta.url);

const WRITE =
  `node --input-type=module -e "import { RULESET_SCHEMA } from './src/ruleset/ruleset-schema.ts'; ` +
  `console.log(JSON.stringify(RULESET_SCHEMA, null, 2))" > rules/ruleset.schema.json`;

test('the published schema is the one that is checked', () => {
  assert.equal(
    readFileSync(PUBLISHED, 'utf8'),
    `${JSON.stringify(RULESET_SCHEMA, null, 2)}\n`,
    `write it again:\n${WRITE}`,
  );
});

test('the schema is strict: no keyword of it is ignored', () => {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  ajv.addVocabulary(['errorMessage']);
  ajv.compile(RULESET_SCHEMA);
});

test('every key has a description, for completion in editors', () => {
  const bare: string[] = [];
  const walk = (part: SchemaPart, path: string): void => {
    for (const [name, inner] of Object.entries((part.properties ?? {}) as Record<string, SchemaPart>)) {
      if (typeof inner.description !== 'string') bare.push(`${path}.${name}`);
      walk(inner, `${path}.${name}`);
    }
    for (const keyword of ['items', 'additionalProperties']) {
      if (typeof part[keyword] === 'object') walk(part[keyword] as SchemaPart, `${path}.*`);
    }
  };
  walk(RULESET_SCHEMA, 'ruleset');
  assert.deepEqual(bare, []);
});

test('what completes in an editor from the defaults is allowed by the bounds', () => {
  const ajv = new Ajv({ strict: false });
  const wrong: string[] = [];
  const walk = (part: SchemaPart, path: string): void => {
    if ('default' in part && !ajv.validate(part, part.default)) wrong.push(path);
    for (const [key, inner] of Object.entries(part)) {
      if (typeof inner === 'object' && inner !== null && key !== 'default' && key !== 'examples')
        walk(inner as SchemaPart, `${path}/${key}`);
    }
  };
  walk(RULESET_SCHEMA, '');
  assert.deepEqual(wrong, []);
});
