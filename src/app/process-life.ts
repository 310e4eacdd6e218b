import type { Logger } from 'pino';

export interface ProcessLife {
  /** Ends the work gracefully; its limits are its own. */
  stop(): Promise<void>;
  /** SIGHUP: reads certificates again. */
  reload?(): void;
}

/** What a supervised process tells its parent once it serves. */
export interface ReadyMessage {
  readonly ready: true;
  readonly ports: Readonly<Record<string, number>>;
}

/**
 * Under a supervisor (an IPC channel to the parent) a process ends when the parent is gone: nothing is left running behind a
 * killed fleet. To be called before anything else, so that this holds while the program starts, too.
 */
export function endWithParent(): void {
  if (process.send === undefined) return;
  // Without a parent there is nobody to drain for.
  process.on('disconnect', () => process.exit(0));
}

/**
 * Ties a program to its process: SIGTERM and SIGINT drain and end it, a second one ends it at once, SIGHUP reloads. A
 * supervisor is told that it serves.
 */
export function liveAs(life: ProcessLife, ports: Readonly<Record<string, number>>, log: Logger): void {
  let isStopping = false;
  const stop = (why: string): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ why }, 'stopping');
    life.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error: (error as Error).message }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGHUP', () => life.reload?.());
  if (process.send === undefined) return;
  const message: ReadyMessage = { ready: true, ports };
  process.send(message);
}
