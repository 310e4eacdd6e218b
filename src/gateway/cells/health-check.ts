import type { Clock } from '../../core/clock.ts';
import type { HealthDocument } from '../../core/topology-document.ts';
import type { Claim, UpstreamEvents } from '../upstream.ts';
import type { CellUpstream } from './cell-upstream.ts';

export type CheckResult = { readonly passed: true } | { readonly passed: false; readonly detail: string };

/** A health check belongs to no user; guards never see it. */
const NO_CLAIM = { shard: 0, epoch: 0, unit: '', cell: '', safe: true } as unknown as Claim;

/**
 * Asks one instance once, on a connection of its own, within `timeoutMs` for everything. 2xx passes; the body is not
 * looked at. `host` is what the Host field says. Calls back once, unless cancelled by the returned function.
 */
export function checkHealth(
  upstream: CellUpstream,
  host: string,
  health: Pick<HealthDocument, 'path' | 'timeoutMs'>,
  clock: Clock,
  done: (result: CheckResult) => void,
): () => void {
  let over = false;
  const finish = (result: CheckResult): void => {
    if (over) return;
    stop();
    done(result);
  };
  const timer = clock.setTimer(health.timeoutMs, () => {
    finish({
      passed: false,
      detail: `no answer to GET ${health.path} within ${health.timeoutMs} ms (health.timeoutMs)`,
    });
  });
  const stop = (): void => {
    over = true;
    timer.cancel();
    stream.cancel();
  };
  const { timeoutMs } = health;
  const stream = upstream.openAlone(
    {
      claim: NO_CLAIM,
      method: 'GET',
      target: health.path,
      headers: ['host', host, 'user-agent', 'ldc-health', 'accept', '*/*'],
      body: 'none',
      upgrade: null,
      requestId: '',
      limits: { connectMs: timeoutMs, responseHeadMs: timeoutMs, bodyIdleMs: timeoutMs },
    },
    checkEvents(health.path, finish),
  );
  return stop;
}

function checkEvents(path: string, finish: (result: CheckResult) => void): UpstreamEvents {
  const ignore = (): void => undefined;
  return {
    admitted: ignore,
    refused: (refusal) => finish({ passed: false, detail: refusal.code }),
    informational: ignore,
    head: (status) => {
      if (status >= 200 && status < 300) finish({ passed: true });
      else finish({ passed: false, detail: `GET ${path} answered ${status}, must be 2xx` });
    },
    data: ignore,
    end: ignore,
    failed: ({ code, detail }) => finish({ passed: false, detail: `${code}: ${detail}` }),
    drain: ignore,
  };
}
