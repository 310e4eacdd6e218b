import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Cheap look before a line is parsed: most requests are not held. */
const MAYBE_HELD = /"heldMs":(?!0[,}])/;

/** IDs of the requests that gateways held for a freeze, from their access logs. Adapter: reads files. */
export async function heldRequests(logFiles: readonly string[]): Promise<ReadonlySet<string>> {
  const held = new Set<string>();
  for (const file of logFiles) {
    if (!existsSync(file)) continue;
    for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
      if (!MAYBE_HELD.test(line)) continue;
      const id = requestIdOf(line);
      if (id !== null) held.add(id);
    }
  }
  return held;
}

/** A killed process may have left half a line. */
function requestIdOf(line: string): string | null {
  try {
    const { requestId, heldMs } = JSON.parse(line) as { readonly requestId?: unknown; readonly heldMs?: unknown };
    return typeof requestId === 'string' && typeof heldMs === 'number' && heldMs > 0 ? requestId : null;
  } catch {
    return null;
  }
}
