import { Agent } from 'undici';
import type { KeySource } from './key-source.ts';

export interface HttpsKeySourceOptions {
  readonly address: string;
  /** PEM; undefined: the system's authorities. */
  readonly ca: string | undefined;
  readonly maxBytes: number;
  /** Limit for connecting and for each silence; the whole read is limited by the caller. */
  readonly timeoutMs: number;
}

/**
 * Adapter: reads a key set over HTTPS, certificate verified. One request a read; redirects are not followed, so that
 * the address in the settings is the one that is trusted.
 */
export function openHttpsKeySource(options: HttpsKeySourceOptions): KeySource {
  const url = new URL(options.address);
  const agent = new Agent({
    connections: 1,
    pipelining: 1,
    keepAliveTimeout: 1,
    maxResponseSize: options.maxBytes,
    maxHeaderSize: 16_384,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    connect: { ca: options.ca, timeout: options.timeoutMs, rejectUnauthorized: true },
  });
  return {
    async read(signal) {
      const response = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'GET',
        headers: { accept: 'application/jwk-set+json, application/json' },
        signal,
      });
      if (response.statusCode !== 200) {
        response.body.on('error', () => {}).destroy();
        throw new Error(`${options.address} answered ${response.statusCode}, expected 200`);
      }
      return readText(response.body, options);
    },
    close: () => agent.destroy(),
  };
}

async function readText(body: AsyncIterable<Uint8Array>, options: HttpsKeySourceOptions): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > options.maxBytes)
      throw new Error(`${options.address} sent more than ${options.maxBytes} bytes (keys.maxBytes)`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
