import type { ServerResponse } from 'node:http';

/**
 * Sends texts as they come, as fast as the caller takes them, until they end or the caller leaves: no more than one text waits for a
 * caller who does not read. Never rejects.
 */
export async function sendEvents(
  response: ServerResponse,
  texts: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Else it would lie idle after the stream's end, and a node that is closing would wait for it.
    connection: 'close',
    // Proxies that gather answers would make a live stream a late one.
    'x-accel-buffering': 'no',
  });
  try {
    for await (const text of texts) {
      if (response.destroyed) break;
      if (!response.write(text)) await untilDrained(response, signal);
      if (signal.aborted) break;
    }
  } finally {
    response.end();
  }
}

function untilDrained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (signal.aborted || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
    signal.addEventListener('abort', done);
  });
}
