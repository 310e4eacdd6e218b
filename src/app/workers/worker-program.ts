import type { Socket } from 'node:net';
import { pino } from 'pino';
import type { DownMessage, UpMessage } from '../../gateway/workers/worker-message.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { GatewayWorker } from './gateway-worker.ts';

/** How long the requests of a worker may take to end that lost its parent: its horizon gets no news any more. */
const ORPHAN_MS = 3_000;

/**
 * The program of a worker, started by `ldc gateway --workers`; it lives by the channel to its parent. Signals are the parent's
 * business: a terminal or a service manager sends them to all processes of a gateway at once.
 */
export function runWorker(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
  if (process.send === undefined) {
    process.stderr.write('ldc: a worker is started by ldc gateway --workers N only\n');
    process.exit(2);
  }
  // The parent may have died while this program was loaded.
  if (!process.connected) process.exit(1);
  let worker: GatewayWorker | null = null;
  process.on('message', (message: DownMessage<GatewayConfig>, socket: unknown) => {
    if (message.kind === 'begin') worker = begin(message);
    else worker?.hear(message, socket as Socket | undefined);
  });
  process.on('disconnect', () => {
    setTimeout(() => process.exit(1), ORPHAN_MS).unref();
    if (worker === null) process.exit(1);
    void worker.drain().then(() => process.exit(1));
  });
}

function begin(message: Extract<DownMessage<GatewayConfig>, { kind: 'begin' }>): GatewayWorker | null {
  const { node, dataCenter } = message.config;
  const log = pino({ base: { program: 'gateway', node, ownDataCenter: dataCenter, worker: message.worker } });
  try {
    const worker = new GatewayWorker(message, log, tell);
    worker.start().catch(fail);
    return worker;
  } catch (error) {
    fail(error);
    return null;
  }
}

/** The parent says it to whoever asked for this worker. */
function fail(error: unknown): void {
  process.send?.({ kind: 'failed', detail: (error as Error).message }, undefined, undefined, () => process.exit(1));
}

/** A parent that is gone hears nothing; `disconnect` says so. */
function tell(message: UpMessage, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent);
  else sent();
}
