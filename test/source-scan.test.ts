import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { functionLengths } from './support/function-lengths.ts';
import { machineUses } from './support/machine-uses.ts';
import { sourceImports } from './support/source-imports.ts';
import { sourceTokens } from './support/source-tokens.ts';

const texts = (source: string): string[] => sourceTokens(source).map(({ text }) => text);
const imports = (source: string) => sourceImports(sourceTokens(source));
const uses = (source: string): string[] =>
  machineUses(sourceTokens(source))
    .map(({ kind, name }) => `${kind} ${name}`)
    .sort();

describe('the tokens of a source file', () => {
  test('leave out comments, and keep what looks like one in a string', () => {
    assert.deepEqual(texts("a /* b 'c' */ // d\n'e // f' + \"g /* h */\""), ['a', 'e // f', '+', 'g /* h */']);
  });

  test('see through the expressions of a template, however deep', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a source file.
    assert.deepEqual(texts('`a ${ b({ c: `d ${e}` }) } Date.now() \\` ${f}`; g'), [
      ...['', 'b', '(', '{', 'c', ':', '', 'e', '', '}', ')', '', 'f', '', ';', 'g'],
    ]);
  });

  test('tell a regular expression from a division', () => {
    assert.deepEqual(texts("a / b / c; /d'[/]e/g.test(x); return /f/"), [
      ...['a', '/', 'b', '/', 'c', ';', "/d'[/]e/g", '.', 'test', '(', 'x', ')', ';', 'return', '/f/'],
    ]);
    assert.deepEqual(texts("(a + b) / 2; x = ['/', /'/]"), [
      ...['(', 'a', '+', 'b', ')', '/', '2', ';', 'x', '=', '[', '/', ',', "/'/", ']'],
    ]);
  });

  test('know their lines', () => {
    const lines = sourceTokens('a\n/* \n */ b `\n\n` c').map(({ line }) => line);
    assert.deepEqual(lines, [1, 3, 3, 5]);
  });
});

describe('the imports of a source file', () => {
  test('are found in every form, with what is taken', () => {
    const found = imports(`
      import a, { b, type C as D } from './one.ts';
      import * as e from "./two.ts";
      import './three.ts';
      export { f as g } from './four.ts';
      export * from './five.ts';
      const h = await import('./six.ts');
      const i = require('./seven.cjs');
      new URL('./eight.js', import.meta.url);
    `);
    assert.deepEqual(
      found.map(({ specifier, names }) => [specifier, ...names]),
      [
        ['./one.ts', 'a', 'b'],
        ['./two.ts', '*'],
        ['./three.ts', '*'],
        ['./four.ts', 'f'],
        ['./five.ts', '*'],
        ['./six.ts', '*'],
        ['./seven.cjs', '*'],
        ['./eight.js', '*'],
      ],
    );
    assert.ok(found.every(({ isTypeOnly }) => !isTypeOnly));
  });

  test('are types only where nothing else is taken', () => {
    const found = imports(`
      import type { A } from './a.ts';
      import { type B, type C } from './b.ts';
      export type { D } from './d.ts';
      export type * from './e.ts';
      let f: typeof import('./f.ts');
      import type from './value.ts';
    `);
    assert.deepEqual(
      found.map(({ isTypeOnly }) => isTypeOnly),
      [true, true, true, true, true, false],
    );
  });

  test('are not seen in text, comments and other statements', () => {
    const source = `// import './a.ts'
      const b = "import './c.ts'"; export const d = 'from'; export function from() {} x.import('./e.ts'); import.meta.url`;
    assert.deepEqual(imports(source), []);
  });
});

describe('the uses of the machine', () => {
  test('are clocks, timers and chance', () => {
    assert.deepEqual(
      uses('Date.now(); new Date(); performance.now(); AbortSignal.timeout(5)'),
      [...['clock Date.now', 'clock new Date()', 'clock performance', 'clock AbortSignal.timeout']].sort(),
    );
    assert.deepEqual(
      uses('setTimeout(f, 1); socket.setTimeout(5); globalThis.setInterval'),
      [...['timer setTimeout', 'timer setTimeout', 'environment globalThis', 'timer setInterval']].sort(),
    );
    assert.deepEqual(
      uses("Math.random(); import { randomBytes } from 'node:crypto'; crypto.randomUUID()"),
      [...['chance Math.random', 'chance randomBytes', 'chance crypto']].sort(),
    );
  });

  test('are sockets, files and the environment, by module', () => {
    assert.deepEqual(
      uses("import { connect, isIP } from 'node:net'; import { request } from 'undici'; fetch('x')"),
      [...['socket node:net', 'socket undici', 'socket fetch']].sort(),
    );
    assert.deepEqual(
      uses("import { readFileSync } from 'node:fs'; process.env.A; await import('node:child_process')"),
      [...['environment process', 'file node:fs', 'process node:child_process']],
    );
  });

  test('are not pure functions, types, properties or text of the same name', () => {
    const source = `
      import { isIP } from 'node:net'; import type { Socket } from 'node:net'; import { createHash } from 'node:crypto';
      import { STATUS_CODES } from 'node:http';
      new Date(ms).toISOString(); Date.UTC(1, 2); this.process; { process: 1 }; a.performance; 'Date.now()'; this.#fetch();
      interface X { process(a: string): void; readonly fetch: number; setTimer(): void }`;
    assert.deepEqual(uses(source), []);
  });
});

describe('the lengths of functions', () => {
  test('are found for every kind of function, and not for other blocks', () => {
    const source = `function a(): { b: string } {
  if (c(d)) {
    e();
  }
}
class F {
  #g(h: (i: number) => void): Map<string, number[]> {
    for (const x of y) { z(); }
  }
}
const j = (k: number): k is 5 => {
  switch (k) { default: }
};
const l = { m() {
} };`;
    assert.deepEqual(functionLengths(sourceTokens(source)), [
      { name: 'a', line: 1, lines: 5 },
      { name: '#g', line: 7, lines: 3 },
      { name: 'j', line: 11, lines: 3 },
      { name: 'm', line: 14, lines: 2 },
    ]);
  });
});
