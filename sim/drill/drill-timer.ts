/** Calls back once after so many milliseconds; the returned function calls it off. The machine's, or a world's in virtual time. */
export type After = (ms: number, fire: () => void) => () => void;

/** Adapter: real time. */
export const machineAfter: After = (ms, fire) => {
  const timer = setTimeout(fire, ms);
  return () => clearTimeout(timer);
};

export function waitBy(after: After, ms: number): Promise<void> {
  return new Promise((resolve) => void after(ms, resolve));
}
