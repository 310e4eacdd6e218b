import type { Clock } from '../../core/clock.ts';
import type { OperationEventName, OperationView } from '../api-types.ts';
import { errorReply } from '../error-answer.ts';
import { answerOperation, type OperationContext } from './operation-context.ts';

/** Readings for one stream keep this distance, ms: a person cannot follow more. */
const GAP_MS = 40;

/**
 * The events of one operation as text/event-stream has them: its state at once, then each change, a comment while nothing does, and the
 * outcome. Ends when `signal` aborts. Never throws: what fails is the last event.
 */
export async function* operationEvents(
  context: OperationContext,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { clock, desk, settings } = context;
  const bell = new Bell(clock);
  const forget = desk.subscribe(() => bell.ring());
  const leave = (): void => bell.ring();
  signal.addEventListener('abort', leave);
  let told = '';
  try {
    while (!signal.aborted) {
      bell.reset();
      const view = await answerOperation(context, id).catch((error: unknown) => errorReply(error).body);
      if ('error' in view) {
        yield eventText('failed', null, view);
        return;
      }
      const now = summary(view);
      if (now !== told) yield eventText(view.outcome === null ? 'operation' : 'end', view.sequence, view);
      told = now;
      if (view.outcome !== null) return;
      await bell.pause(GAP_MS, signal);
      if (!(await bell.wait(settings.heartbeatMs))) yield ': still there\n\n';
    }
  } finally {
    forget();
    signal.removeEventListener('abort', leave);
  }
}

function eventText(name: OperationEventName, sequence: number | null, data: object): string {
  const id = sequence === null ? '' : `id: ${sequence}\n`;
  return `event: ${name}\n${id}data: ${JSON.stringify(data)}\n\n`;
}

/** What has to differ for people to be told: an instant that is worked out anew each time moves by a millisecond or two. */
function summary(view: OperationView): string {
  const { waiting } = view;
  const until = waiting?.until == null ? null : Math.round(waiting.until / 1000);
  return JSON.stringify({ ...view, waiting: waiting === null ? null : { for: waiting.for, until } });
}

/** Something that rings, and somebody who waits for it. */
class Bell {
  readonly #clock: Clock;
  #hasRung = false;
  #wake: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  reset(): void {
    this.#hasRung = false;
  }

  /** True: it rang, at the latest during the wait. */
  async wait(limitMs: number): Promise<boolean> {
    if (this.#hasRung) return true;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(limitMs, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#wake = null;
    return this.#hasRung;
  }

  /** Lets time pass, but not after the stream's end. */
  pause(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => void this.#clock.setTimer(ms, resolve));
  }
}
