import type { Token } from './source-tokens.ts';

export interface SourceImport {
  readonly specifier: string;
  /** Gone at run time: `import type`, `typeof import()`, or nothing but types in the braces. */
  readonly isTypeOnly: boolean;
  /** What is taken, without types; `*` for a whole module. */
  readonly names: readonly string[];
  readonly line: number;
}

/** Every module that a file names: imports, re-exports, dynamic imports, `require`, and `new URL('./file', …)`. */
export function sourceImports(tokens: readonly Token[]): SourceImport[] {
  return tokens.flatMap((token, index) => {
    const before = tokens[index - 1];
    if (before?.text === '.' || before?.text === '?.') return [];
    if (token.kind !== 'word') return [];
    if (token.text === 'import' || token.text === 'export') return statement(tokens, index);
    const [open, value] = [tokens[index + 1], tokens[index + 2]];
    const isCall = token.text === 'require' || (token.text === 'URL' && /^\.\.?\//.test(value?.text ?? ''));
    return isCall && open?.text === '(' && value?.kind === 'string' ? [whole(value)] : [];
  });
}

function whole(value: Token, isTypeOnly = false): SourceImport {
  return { specifier: value.text, isTypeOnly, names: ['*'], line: value.line };
}

function statement(tokens: readonly Token[], start: number): SourceImport[] {
  const [first, second] = [tokens[start + 1], tokens[start + 2]];
  if (first?.text === '(') {
    return second?.kind === 'string' ? [whole(second, tokens[start - 1]?.text === 'typeof')] : [];
  }
  if (first?.kind === 'string') return [whole(first)];
  const clause = clauseOf(tokens, start + 1);
  if (clause === null) return [];
  const { words, source } = clause;
  const isType = words[0]?.text === 'type' && words[1] !== undefined && words[1].text !== ',';
  const names = isType ? [] : valueNames(words);
  return [{ specifier: source.text, isTypeOnly: isType || names.length === 0, names, line: source.line }];
}

/** The tokens between `import` or `export` and `from 'module'`; null if it is no such statement. */
function clauseOf(tokens: readonly Token[], start: number): { words: readonly Token[]; source: Token } | null {
  for (let index = start; index < tokens.length; index += 1) {
    const token = tokens[index];
    const source = tokens[index + 1];
    if (token?.text === 'from' && source?.kind === 'string') return { words: tokens.slice(start, index), source };
    const isPart =
      token?.kind === 'word' || token?.kind === 'string' || ['{', '}', ',', '*'].includes(token?.text ?? '');
    if (!isPart || DECLARATIONS.has(token?.text ?? '')) return null;
  }
  return null;
}

const DECLARATIONS = new Set([
  'const',
  'let',
  'function',
  'class',
  'interface',
  'async',
  'abstract',
  'declare',
  'enum',
]);

function valueNames(words: readonly Token[]): string[] {
  const items: Token[][] = [[]];
  for (const word of words) {
    if (word.text === ',' || word.text === '{' || word.text === '}') items.push([]);
    else items.at(-1)?.push(word);
  }
  const named = items.filter((item) => item.length > 0 && !(item[0]?.text === 'type' && item.length > 1));
  return named.map((item) => item[0]?.text ?? '');
}
