import { type Path, pathInWords } from '../../src/ruleset/mistake.ts';

/** Collects what is wrong with a scenario, each with its place: `timeline[2].kill: …`. */
export class ScenarioMistakes {
  readonly #found: { readonly path: Path; readonly text: string }[] = [];

  add(path: Path, text: string): void {
    this.#found.push({ path, text });
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** `lineOf` finds a value in the text. */
  inWords(file: string, lineOf: (path: Path) => number): string[] {
    return this.#found
      .map(({ path, text }) => ({ line: lineOf(path), words: `${pathInWords(path) || 'scenario'}: ${text}` }))
      .sort((a, b) => a.line - b.line)
      .map(({ line, words }) => `${words} (${file}:${line})`);
  }
}
