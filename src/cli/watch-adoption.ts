import type { AdoptionProgressAnswer, AdoptionView } from '../control/api-types.ts';
import { CodedError } from '../errors.ts';
import { isSet } from './cli-values.ts';
import type { CliInvocation } from './command.ts';
import { type ControlClient, RefusedByControl } from './control-client.ts';
import type { Detachment } from './detachment.ts';
import type { ExitName } from './exit-code.ts';
import { adoptedLines, adoptionStepLines, adoptionWaitingLines } from './text/adoption-text.ts';

const LOOK_MS = 250;
/** Served again, old copies not following yet: after this time nobody has to watch any more. */
const FOLLOW_PATIENCE_MS = 5_000;
/** A control node that restarts, or another that takes over. */
const LOST_MS = 60_000;

/** Shows an adoption until its shards are served and its copies follow, or Ctrl-C. It goes on by itself. */
export async function watchAdoption(
  invocation: CliInvocation,
  client: ControlClient,
  first: AdoptionView,
  detachment: Detachment,
): Promise<ExitName> {
  const { env, values, paint } = invocation;
  const isJson = isSet(values, 'json');
  const output = isJson ? env.stderr : env.stdout;
  const print = (lines: readonly string[]): void => output.write(lines.map((line) => `${line}\n`).join(''));
  const leave = (why: string): ExitName => {
    env.stderr.write(`${why}; the adoption goes on. Look again: ldc store adopt\n`);
    return 'underway';
  };
  let view = first;
  const shown = new Shown(print, invocation);
  let [servedAt, answeredAt]: [number | null, number] = [null, env.monotonicMs()];
  for (;;) {
    shown.see(view);
    if (view.isReleased) servedAt ??= env.monotonicMs();
    const isPatient = servedAt === null || env.monotonicMs() - servedAt < FOLLOW_PATIENCE_MS;
    if (view.step === 'ended' || !isPatient) break;
    await env.wait(LOOK_MS, detachment.signal);
    if (detachment.signal.aborted) return leave('detached');
    try {
      const { adoption } = await client.get<AdoptionProgressAnswer>('/v1/store/adoption/progress');
      answeredAt = env.monotonicMs();
      if (adoption === null || adoption.id !== view.id) return leave('another adoption took its place');
      view = adoption;
    } catch (error) {
      const isRefused = error instanceof RefusedByControl && error.answer.error.code !== 'STORE_UNAVAILABLE';
      if (!(error instanceof CodedError) || isRefused) throw error;
      if (env.monotonicMs() - answeredAt > LOST_MS) return leave(`no control node answers any more (${error.message})`);
    }
  }
  if (isJson) env.stdout.write(`${JSON.stringify(view, null, 2)}\n`);
  else print(adoptedLines(view, paint, env.stdout.columns));
  return view.frozen.length === 0 ? 'ok' : 'underway';
}

/** Prints each step once, when it has ended, and what is waited for whenever that changes. */
class Shown {
  readonly #print: (lines: readonly string[]) => void;
  readonly #invocation: CliInvocation;
  #steps = 0;
  #waiting = '';

  constructor(print: (lines: readonly string[]) => void, invocation: CliInvocation) {
    this.#print = print;
    this.#invocation = invocation;
  }

  see(view: AdoptionView): void {
    const { env, paint } = this.#invocation;
    const { steps, createdAt } = view;
    for (; this.#steps < steps.length; this.#steps += 1) {
      const step = steps[this.#steps];
      const startedAt = steps[this.#steps - 1]?.endedAt ?? createdAt;
      if (step !== undefined) this.#print(adoptionStepLines(step, startedAt, paint, env.stdout.columns));
    }
    const waiting = `${view.step} ${view.waiting?.for.join() ?? ''}`;
    if (waiting === this.#waiting || view.waiting === null) return;
    this.#waiting = waiting;
    this.#print(adoptionWaitingLines(view, env.stdout.columns));
  }
}
