/**
 * Waits until `probe` returns something other than undefined, null or false, asking again every few milliseconds, and
 * returns it. Throws after `timeoutMs` with `what` and the last error: a test waits for a condition, never for a time.
 */
export async function eventually<T>(
  what: string | (() => string),
  probe: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false)
        return value as Exclude<T, undefined | null | false>;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const words = typeof what === 'string' ? what : what();
      throw new Error(`not within ${timeoutMs} ms: ${words}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
