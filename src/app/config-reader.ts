import { CodedError } from '../errors.ts';

/** Names of nodes, realms and data centers: they go into certificates, keys and file names. */
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A longer timer of Node.js would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Reads a configuration field by field, collects every mistake with its path, and refuses names that nobody asked for: a
 * mistyped setting must not be ignored silently.
 */
export class ConfigReader {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #mistakes: string[];
  readonly #asked = new Set<string>();

  constructor(value: unknown, path: string, mistakes: string[]) {
    this.#path = path;
    this.#mistakes = mistakes;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isObject) this.#mistake('', value, 'a group of settings');
    this.#value = isObject ? (value as Record<string, unknown>) : {};
  }

  text(name: string, { minLength = 1 }: { readonly minLength?: number } = {}): string {
    const value = this.#take(name);
    if (typeof value === 'string' && value.length >= minLength) return value;
    // What is seen is left out where it may be a secret that is merely too short.
    this.#mistake(
      name,
      typeof value === 'string' ? `a text of ${value.length} characters` : value,
      `a text of at least ${minLength}`,
    );
    return '';
  }

  name(name: string): string {
    const value = this.#take(name);
    if (typeof value === 'string' && NAME.test(value)) return value;
    this.#mistake(name, value, '1 to 63 lower-case letters, digits and dashes');
    return '';
  }

  optionalText(name: string): string | null {
    return this.#peek(name) === null ? null : this.text(name);
  }

  texts(name: string): readonly string[] {
    const value = this.#take(name);
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    this.#mistake(name, value, 'a list of texts');
    return [];
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#peek(name);
    if (value === null) return fallback;
    if (typeof value === 'boolean') return value;
    this.#mistake(name, value, 'true or false');
    return fallback;
  }

  port(name: string): number {
    const value = this.#take(name);
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 65_536) return value as number;
    this.#mistake(name, value, 'a port, 0 to 65535');
    return 0;
  }

  /** Settings that are whole numbers ≥ 1 (or ≥ 0 where the default is 0), each with its default. */
  numbers<T extends object>(defaults: T): T {
    return this.#settings(defaults);
  }

  /** The same, with flags and fractions among them: each is of the kind that its default is. */
  numbersAndFlags<T extends object>(defaults: T): T {
    return this.#settings(defaults);
  }

  /** A value that its user checks. */
  any(name: string, fallback: unknown): unknown {
    return this.#peek(name) ?? fallback;
  }

  /** Adds what a reader found beyond the kinds of single values, a sentence that begins with the setting's path. */
  refuse(mistake: string): void {
    this.#mistakes.push(mistake);
  }

  group<T>(name: string, read: (group: ConfigReader) => T): T {
    const reader = new ConfigReader(this.#take(name) ?? {}, this.#pathOf(name), this.#mistakes);
    const result = read(reader);
    reader.finish();
    return result;
  }

  optionalGroup<T>(name: string, read: (group: ConfigReader) => T): T | null {
    return this.#peek(name) === null ? null : this.group(name, read);
  }

  /** A group whose names are the user's own, each of them a group; names that break the rule for names are mistakes. */
  named<T>(name: string, read: (group: ConfigReader) => T): Readonly<Record<string, T>> {
    return (
      this.optionalGroup(name, (group) => {
        const names = Object.keys(group.#value);
        const wrong = names.find((own) => !NAME.test(own));
        if (wrong !== undefined)
          group.#mistake('', wrong, 'a group whose names are lower-case letters, digits and dashes');
        return Object.fromEntries(names.map((own) => [own, group.group(own, read)]));
      }) ?? {}
    );
  }

  /** Reports what nobody asked for. */
  finish(): void {
    for (const name of Object.keys(this.#value)) {
      if (!this.#asked.has(name))
        this.#mistakes.push(`${this.#pathOf(name)}: is not a setting; known here: ${[...this.#asked].join(', ')}`);
    }
  }

  #settings<T extends object>(defaults: T): T {
    const result = { ...defaults } as Record<string, unknown>;
    for (const [name, fallback] of Object.entries(defaults)) {
      const value = this.#peek(name);
      if (value === null) continue;
      const most = name.endsWith('Ms') ? LONGEST_MS : Number.MAX_SAFE_INTEGER;
      if (isLike(value, fallback, most)) result[name] = value;
      else
        this.#mistake(name, value, typeof fallback === 'boolean' ? 'true or false' : allowed(fallback as number, most));
    }
    return result as T;
  }

  #take(name: string): unknown {
    this.#asked.add(name);
    return this.#value[name];
  }

  #peek(name: string): unknown {
    return this.#take(name) ?? null;
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #mistake(name: string, seen: unknown, allowed: string): void {
    const shown = seen === undefined ? 'is missing' : `is ${JSON.stringify(seen)?.slice(0, 100)}`;
    this.#mistakes.push(`${name === '' ? this.#path : this.#pathOf(name)}: ${shown}, must be ${allowed}`);
  }
}

/** Runs a reader over a whole configuration. Throws CONFIG_INVALID with all mistakes. */
export function readConfig<T>(value: unknown, source: string, read: (config: ConfigReader) => T): T {
  const mistakes: string[] = [];
  const reader = new ConfigReader(value, '', mistakes);
  const config = read(reader);
  reader.finish();
  if (mistakes.length > 0) throw new CodedError('CONFIG_INVALID', `${source}:\n  ${mistakes.join('\n  ')}`);
  return config;
}

function isLike(value: unknown, fallback: unknown, most: number): boolean {
  if (typeof fallback === 'boolean') return typeof value === 'boolean';
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  if (!Number.isInteger(fallback)) return value > 0;
  return Number.isSafeInteger(value) && value >= (fallback === 0 ? 0 : 1) && value <= most;
}

function allowed(fallback: number, most: number): string {
  if (!Number.isInteger(fallback)) return 'a number above 0';
  return `a whole number from ${fallback === 0 ? 0 : 1}${most === LONGEST_MS ? ` to ${most}` : ''}`;
}
