import process from 'node:process';

/**
 * Node's own end of a turn: runs next ticks and all promises that can go on, at once. It is not documented, and eight times
 * as fast as a turn of the event loop; without it, one event has one turn of the loop.
 */
const tickCallback: unknown = (process as { readonly _tickCallback?: unknown })._tickCallback;

/** Events between two real turns, so that the process stays able to hear signals and messages. */
const TURNS_AT_ONCE = 20_000;

/** The machine's own, kept before a world forbids them. */
const { setImmediate: nextTurn } = globalThis;

/** Calls `turn` until it says false, with all microtasks run between two calls. `how` is for tests; both give the same order. */
export function drainMicrotasks(
  turn: (drain: () => void) => boolean,
  how: 'tick' | 'loop' = typeof tickCallback === 'function' ? 'tick' : 'loop',
): Promise<void> {
  return new Promise((resolve, reject) => {
    const goOn = how === 'tick' ? (): boolean => runMany(turn, tickCallback as () => void) : (): boolean => turn(noop);
    const step = (): void => {
      try {
        if (goOn()) nextTurn(step);
        else resolve();
      } catch (error) {
        reject(error);
      }
    };
    nextTurn(step);
  });
}

function runMany(turn: (drain: () => void) => boolean, tick: () => void): boolean {
  const drain = tick.bind(process);
  for (let count = 0; count < TURNS_AT_ONCE; count += 1) if (!turn(drain)) return false;
  return true;
}

const noop = (): void => undefined;
