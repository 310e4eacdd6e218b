import type { OperationView } from '../control/api-types.ts';
import { CodedError } from '../errors.ts';
import { isSet } from './cli-values.ts';
import type { CliInvocation } from './command.ts';
import { isConfirmed } from './confirm.ts';
import { type ControlClient, RefusedByControl } from './control-client.ts';
import type { Detachment } from './detachment.ts';
import type { ExitName } from './exit-code.ts';
import { type FollowEnd, followOperation } from './follow-operation.ts';
import { operationCalls } from './operation-calls.ts';
import { type ProgressDisplay, progressDisplay } from './progress-display.ts';
import { wrap } from './text/columns.ts';
import { endLines, lostLines } from './text/progress-text.ts';
import { utcClock } from './text/utc-time.ts';

/** How often what is shown of the present step is brought up to date. */
const TICK_MS = 250;
/** Served again, old copies not following yet: after this time nobody has to watch any more. */
const FOLLOW_PATIENCE_MS = 5_000;

export const LOSS_TITLE = 'these writes may have been acknowledged and are in no copy that is left:';
export const LOSS_QUESTION = 'Serve the shards without them? [y/N] ';

/**
 * Shows an operation until it has ended, its shards are served again, or Ctrl-C; the exit says which. `isLossTold`: the range that may be
 * lost was shown and accepted just now, and is not asked for again while control takes note of that.
 */
export async function watchOperation(
  invocation: CliInvocation,
  client: ControlClient,
  first: OperationView,
  detachment: Detachment,
  isLossTold = false,
): Promise<ExitName> {
  const { env, values } = invocation;
  const isJson = isSet(values, 'json');
  const watch = new Watch(invocation, client, first, detachment, progressDisplay(env, invocation.paint, isJson));
  if (isLossTold) watch.lossIsTold();
  const exit = await watch.run();
  if (isJson) env.stdout.write(`${JSON.stringify(watch.view, null, 2)}\n`);
  return exit;
}

/** Served again counts as done: whose copies still have to follow stops nobody. */
export function exitOfOperation({ outcome, isReleased }: OperationView): ExitName {
  if (outcome !== null) return outcome.kind === 'done' ? 'ok' : 'aborted';
  return isReleased ? 'ok' : 'underway';
}

class Watch {
  view: OperationView;
  readonly #invocation: CliInvocation;
  readonly #client: ControlClient;
  readonly #detachment: Detachment;
  readonly #display: ProgressDisplay;
  readonly #patience = new AbortController();
  #servedFrom: number | null = null;
  #isLossTold = false;

  constructor(
    invocation: CliInvocation,
    client: ControlClient,
    first: OperationView,
    detachment: Detachment,
    display: ProgressDisplay,
  ) {
    this.#invocation = invocation;
    this.#client = client;
    this.view = first;
    this.#detachment = detachment;
    this.#display = display;
  }

  lossIsTold(): void {
    this.#isLossTold = true;
  }

  async run(): Promise<ExitName> {
    this.#see(this.view);
    if (this.view.outcome !== null) return this.#end();
    const forget = this.#invocation.env.every(TICK_MS, () => this.#tick());
    try {
      for (;;) {
        const end = await this.#follow();
        if (end.kind === 'lost') return this.#lost(end.detail);
        if (this.#isOver()) return this.#end();
        if (end.kind === 'stopped') return this.#detached();
        await this.#askForLoss();
      }
    } finally {
      forget();
    }
  }

  #follow(): Promise<FollowEnd> {
    return followOperation(this.#invocation.env, this.#client, {
      id: this.view.id,
      stop: AbortSignal.any([this.#detachment.signal, this.#patience.signal]),
      onView: (view) => this.#see(view),
      onTrouble: (detail) => this.#display.trouble(detail),
      isEnough: (view) => view.outcome !== null || this.#mustAsk(view),
    });
  }

  #see(view: OperationView): void {
    this.view = view;
    if (view.isReleased) this.#servedFrom ??= this.#invocation.env.monotonicMs();
    this.#display.show(view);
  }

  #tick(): void {
    const { env } = this.#invocation;
    if (this.#servedFrom !== null && env.monotonicMs() - this.#servedFrom >= FOLLOW_PATIENCE_MS) this.#patience.abort();
    else this.#display.tick();
  }

  #isOver(): boolean {
    return this.view.outcome !== null || (this.#patience.signal.aborted && !this.#detachment.signal.aborted);
  }

  #mustAsk({ step, lost, acceptsDataLoss }: OperationView): boolean {
    return step === 'acknowledge' && lost.length > 0 && !acceptsDataLoss && !this.#isLossTold;
  }

  /** Once: somebody who says no may still say yes, or abort, with another command. */
  async #askForLoss(): Promise<void> {
    const { env, paint } = this.#invocation;
    const { id, lost, waiting } = this.view;
    this.#isLossTold = true;
    this.#display.settle();
    this.#print(lostLines(lost, LOSS_TITLE, paint, this.#width));
    if (env.isInteractive && !this.#isJson && (await isConfirmed(env, LOSS_QUESTION))) return this.#acceptLoss();
    const until = waiting?.until == null ? '' : ` It is aborted at ${utcClock(waiting.until)}.`;
    const text = `The shards are not served until somebody accepts this: \`ldc accept-data-loss ${id}\`. Or stop it: \`ldc abort ${id}\`.${until}`;
    this.#print(wrap(text, this.#width, ''));
  }

  /** Somebody else may have been quicker, or nobody may have heard it: the operation itself says. */
  async #acceptLoss(): Promise<void> {
    try {
      this.#see(await operationCalls.acceptDataLoss(this.#client, this.view.id, {}));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.#isLossTold = error instanceof RefusedByControl;
      this.#tell(`not accepted: ${error.message}`);
    }
  }

  #end(): ExitName {
    this.#display.settle();
    if (!this.#isJson) this.#print(endLines(this.view, this.#invocation.paint, this.#width));
    return exitOfOperation(this.view);
  }

  #detached(): ExitName {
    this.#display.settle();
    const { id } = this.view;
    this.#tell(`detached: operation ${id} goes on. Look again: ldc operations ${id}. Stop it: ldc abort ${id}`);
    return 'underway';
  }

  #lost(detail: string): ExitName {
    this.#display.settle();
    const { id } = this.view;
    this.#tell(
      `no control node answers any more (${detail}). Operation ${id} goes on as soon as one runs. Look again: ldc operations ${id}`,
    );
    return 'underway';
  }

  /** Also where standard output is JSON. */
  #tell(text: string): void {
    const { stderr } = this.#invocation.env;
    stderr.write(`${wrap(text, stderr.columns, '').join('\n')}\n`);
  }

  get #width(): number {
    return this.#invocation.env.stdout.columns;
  }

  get #isJson(): boolean {
    return isSet(this.#invocation.values, 'json');
  }

  #print(lines: readonly string[]): void {
    const { stdout, stderr } = this.#invocation.env;
    (this.#isJson ? stderr : stdout).write(lines.map((line) => `${line}\n`).join(''));
  }
}
