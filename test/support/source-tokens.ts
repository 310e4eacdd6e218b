export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'mark';
  /** As written; of a string its content, of a template nothing (what is in its `${}` follows as tokens). */
  readonly text: string;
  readonly line: number;
}

const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /(?:0[xbo][\da-f_]+|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?|\.\d[\d_]*)n?/iy;
const BLANK = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const STRING = /'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)"/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const MARK = /=>|\?\.(?!\d)|\?\?=?|\.\.\.|[\s\S]/y;

/** Words after which a slash begins a regular expression and not a division. */
const BEFORE_VALUE = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'delete',
  'void',
  'throw',
  'new',
  'else',
  'do',
  'yield',
  'await',
]);

/**
 * TypeScript as tokens, without comments. TypeScript 7 has no JavaScript API; this knows as much of the language as the tests
 * of the layout need, and takes a slash after `)` and `}` for a division.
 */
export function sourceTokens(source: string): Token[] {
  return new Scanner(source).all();
}

class Scanner {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  /** Depth of braces at which each open template goes on. */
  readonly #templates: number[] = [];
  #at = 0;
  #line = 1;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  all(): Token[] {
    for (;;) {
      this.#take(BLANK);
      if (this.#at >= this.#source.length) return this.#tokens;
      this.#next();
    }
  }

  #next(): void {
    const line = this.#line;
    const first = this.#source[this.#at];
    const isTemplateAgain = first === '}' && this.#templates.at(-1) === this.#depth;
    if (isTemplateAgain) this.#templates.pop();
    if (first === '`' || isTemplateAgain) this.#template();
    else this.#tokens.push({ ...this.#token(first), line });
  }

  #token(first: string | undefined): Pick<Token, 'kind' | 'text'> {
    const string = this.#take(STRING);
    if (string !== null) return { kind: 'string', text: string[1] ?? string[2] ?? '' };
    const word = this.#take(WORD);
    if (word !== null) return { kind: 'word', text: word[0] };
    const number = this.#take(NUMBER);
    if (number !== null) return { kind: 'number', text: number[0] };
    const regex = first === '/' && this.#isValueNext() ? this.#take(REGEX) : null;
    if (regex !== null) return { kind: 'regex', text: regex[0] };
    const mark = this.#take(MARK)?.[0] ?? '';
    if (mark === '{') this.#depth += 1;
    if (mark === '}') this.#depth -= 1;
    return { kind: 'mark', text: mark };
  }

  /** From the backtick, or from the brace that ends a `${}`, to the next `${` or to the end of the template. */
  #template(): void {
    this.#tokens.push({ kind: 'template', text: '', line: this.#line });
    this.#move(1);
    while (this.#at < this.#source.length) {
      const two = this.#source.slice(this.#at, this.#at + 2);
      this.#move(two === '${' || two[0] === '\\' ? 2 : 1);
      if (two === '${') this.#templates.push(this.#depth);
      if (two === '${' || two[0] === '`') return;
    }
  }

  #isValueNext(): boolean {
    const last = this.#tokens.at(-1);
    if (last === undefined) return true;
    if (last.kind === 'word') return BEFORE_VALUE.has(last.text);
    return last.kind === 'mark' && ![')', ']', '}'].includes(last.text);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found !== null) this.#move(found[0].length);
    return found;
  }

  #move(length: number): void {
    for (let index = this.#at; index < this.#at + length; index += 1) if (this.#source[index] === '\n') this.#line += 1;
    this.#at += length;
  }
}
