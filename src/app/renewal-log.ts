import type { Logger } from 'pino';
import type { RenewalEvent } from '../gateway/guard/guard-renewal.ts';

/** Says in the log when the guard's reads begin to have another result than before. */
export function renewalLog(log: Logger, guard: () => { readonly leftMs: number }): (event: RenewalEvent) => void {
  return (event) => {
    if (!event.isFirst) return;
    if (event.kind === 'renewed') log.info({ leftMs: guard().leftMs }, 'the guard has news from the store');
    else log.warn({ result: event.kind, detail: event.detail }, 'the guard’s horizon was not renewed');
  };
}
