/** One HTTP call to a control node. */
export interface CliCall {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** From the first attempt to connect to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** PEM of the accepted authorities; null: the system's. */
  readonly ca: string | null;
}

export type CliCallResult =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  /** `maySent`: the other side may have got the call. */
  | { readonly kind: 'failed'; readonly maySent: boolean; readonly detail: string };

/** A GET whose answer comes bit by bit (text/event-stream). */
export interface CliStreamCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: string | null;
  /** From the first attempt to connect to the head of the answer, in milliseconds. */
  readonly headMs: number;
  /** Longest silence after it. */
  readonly silenceMs: number;
  /** Ends it. */
  readonly stop: AbortSignal;
  /** A piece of the answer, never half a character; must not throw. */
  readonly onText: (text: string) => void;
}

export type CliStreamEnd =
  /** The other side ended it, or it broke. */
  | { readonly kind: 'ended'; readonly detail: string }
  | { readonly kind: 'stopped' }
  /** No stream, but a refusal. */
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  | { readonly kind: 'failed'; readonly detail: string };

export type FileReading =
  /** `othersMay`: users other than the owner can read it. */
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly othersMay: boolean }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly detail: string };

/** Where text goes. */
export interface TextOutput {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width in characters; 80 where it is not a terminal. */
  readonly columns: number;
}

/** All that the commands need of the world; app/cli-environment.ts is the real one. */
export interface CliEnvironment {
  readonly version: string;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Environment variables; LDC_CONTROL, LDC_TOKEN and NO_COLOR are looked at. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Reads at most 4 MiB; a longer file fails. `-` is standard input. */
  readFile(path: string): Promise<FileReading>;
  /** Never rejects. */
  call(call: CliCall): Promise<CliCallResult>;
  /** Resolves when the stream has ended; never rejects. */
  stream(call: CliStreamCall): Promise<CliStreamEnd>;
  /** Milliseconds of a clock that never jumps. */
  monotonicMs(): number;
  /** Resolves after `ms`, or when `stop` is aborted. */
  wait(ms: number, stop: AbortSignal): Promise<void>;
  /** Calls `tick` again and again until the function that it returns is called. */
  every(periodMs: number, tick: () => void): () => void;
  /** Ctrl-C calls `listener`, instead of ending the process, until the function that it returns is called. */
  onInterrupt(listener: () => void): () => void;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  /** The person's line, or null if there will be none. */
  ask(question: string): Promise<string | null>;
  /** New each time. */
  randomId(): string;
}
