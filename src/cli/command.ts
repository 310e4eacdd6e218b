import type { CliEnvironment } from './cli-environment.ts';
import type { CliValues } from './cli-values.ts';
import type { ControlClient } from './control-client.ts';
import type { ExitName } from './exit-code.ts';
import type { Paint } from './text/paint.ts';

export interface CliOption {
  readonly type: 'string' | 'boolean';
  /** Name of the value in the help: `FILE`. */
  readonly value?: string;
  readonly help: string;
}

/** Options by name, without the dashes. */
export type CliOptions = Readonly<Record<string, CliOption>>;

export interface CliInvocation {
  readonly positionals: readonly string[];
  readonly values: CliValues;
  readonly env: CliEnvironment;
  readonly paint: Paint;
  /** Finds the control nodes when it is first called; offline commands never do. */
  readonly client: () => Promise<ControlClient>;
}

/** One command as a value: the parser, the help and docs/cli.md are made or checked from it. */
export interface CliCommand {
  /** `rules diff`. */
  readonly name: string;
  /** `FILE…`, for the usage line. */
  readonly operands: string;
  /** Fewest and most positionals. */
  readonly arity: readonly [least: number, most: number];
  readonly summary: string;
  /** Further lines of the help. */
  readonly details: readonly string[];
  readonly options: CliOptions;
  /** Throws CodedError. */
  readonly run: (invocation: CliInvocation) => Promise<ExitName>;
}
