import type { HeaderList } from '../../upstream.ts';
import type { CellSettings } from '../cell-settings.ts';

/** An instance that says how long it keeps a connection is left this much earlier, ms: its word is older than ours. */
const MARGIN_MS = 2_000;

/** How long a connection may be kept for the next request, ms; 0: not at all. */
export function keepIdleMs(headers: HeaderList, settings: CellSettings): number {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (name.length !== 10 || name.toLowerCase() !== 'keep-alive') continue;
    const seconds = /(?:^|[\s,;])timeout=(\d{1,6})/i.exec(headers[index + 1] ?? '')?.[1];
    if (seconds === undefined) continue;
    return Math.max(0, Math.min(Number(seconds) * 1000 - MARGIN_MS, settings.keepAliveMaxMs));
  }
  return settings.keepAliveIdleMs;
}
