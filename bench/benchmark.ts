import type { Figure } from './figure.ts';

/** `full` gives figures to publish; `tiny` shows in a second or two that a benchmark works, its figures mean nothing. */
export type Scale = 'full' | 'tiny';

export interface Benchmark {
  /** Of its result file; a word. */
  readonly name: string;
  readonly title: string;
  /** One or two sentences: what is run, and with what. */
  readonly what: string;
  run(scale: Scale, say: (line: string) => void): Promise<readonly Figure[]>;
}
