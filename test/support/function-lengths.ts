import type { Token } from './source-tokens.ts';

export interface FunctionLength {
  readonly name: string;
  readonly line: number;
  /** From its name or first parenthesis to its last brace. */
  readonly lines: number;
}

const STATEMENTS = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await']);

/** Every function, method and arrow function with a body in braces, in the order of their beginnings. */
export function functionLengths(tokens: readonly Token[]): FunctionLength[] {
  const lengths: FunctionLength[] = [];
  const open: (FunctionLength | null)[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'mark') continue;
    if (token.text === '{') open.push(functionAt(tokens, index));
    if (token.text !== '}') continue;
    const begun = open.pop();
    if (begun !== null && begun !== undefined) lengths.push({ ...begun, lines: token.line - begun.line + 1 });
  }
  return lengths.sort((a, b) => a.line - b.line);
}

/** The function whose body this brace opens. */
function functionAt(tokens: readonly Token[], brace: number): FunctionLength | null {
  const isArrow = tokens[brace - 1]?.text === '=>';
  const close = isArrow ? lastParenthesis(tokens, brace - 2) : closeOfParameters(tokens, brace);
  if (close === null) return isArrow ? at(tokens, brace - 2) : null;
  const start = matching(tokens, close);
  const before = tokens[start - 1];
  if (!isArrow && STATEMENTS.has(before?.text ?? '')) return null;
  return isArrow ? at(tokens, start) : at(tokens, start - 1);
}

function at(tokens: readonly Token[], index: number): FunctionLength | null {
  const token = tokens[index];
  if (token === undefined) return null;
  const named = tokens[index - 1]?.text === '=' ? tokens[index - 2] : token;
  return { name: named?.kind === 'word' ? named.text : '(anonymous)', line: token.line, lines: 0 };
}

/** The parenthesis that ends the parameters of an arrow function, over its result's type. */
function lastParenthesis(tokens: readonly Token[], from: number): number | null {
  if (tokens[from]?.text === ')') return from;
  return overType(tokens, from);
}

function closeOfParameters(tokens: readonly Token[], brace: number): number | null {
  const before = tokens[brace - 1]?.text;
  if (before === ')') return brace - 1;
  // After a colon the brace begins a type, a value, or the block of a `case`.
  return before === ':' ? null : overType(tokens, brace - 1);
}

/** What cannot stand between a function's parameters and its body. */
const NO_TYPE = new Set([
  ';',
  '=',
  ',',
  '?',
  'class',
  'interface',
  'type',
  'do',
  'try',
  'finally',
  'else',
  'return',
  'const',
  'static',
]);

/** Back over `: Type` to the parenthesis before it; null if there is none. */
function overType(tokens: readonly Token[], from: number): number | null {
  let depth = 0;
  for (let index = from; index > 0; index -= 1) {
    const { text, kind } = tokens[index] as Token;
    if ([')', ']', '}', '>'].includes(text) && kind === 'mark') depth += 1;
    if (['(', '[', '{', '<'].includes(text) && kind === 'mark') depth -= 1;
    if (depth < 0 || (depth === 0 && NO_TYPE.has(text))) return null;
    if (depth === 0 && text === ':') return tokens[index - 1]?.text === ')' ? index - 1 : null;
  }
  return null;
}

/** Index of the parenthesis that this one closes. */
function matching(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let index = close; index >= 0; index -= 1) {
    const { text, kind } = tokens[index] as Token;
    if (kind === 'mark' && text === ')') depth += 1;
    if (kind === 'mark' && text === '(') depth -= 1;
    if (depth === 0) return index;
  }
  return 0;
}
