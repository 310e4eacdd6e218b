import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createTestAuthority } from './test-certificates.ts';

/** A real HTTPS server of an issuer's keys; what it answers can be changed while it runs. */
export class JwksServer {
  /** Requests seen so far. */
  requests = 0;
  /** Answers a request; replace it for a server that is slow, broken or too generous. */
  answer: (response: ServerResponse) => void = (response) => response.end('{"keys":[]}');
  readonly caPem: string;
  readonly #server: Server;

  private constructor() {
    const authority = createTestAuthority('issuer authority');
    const { certPem, keyPem } = authority.issue();
    this.caPem = authority.caPem;
    this.#server = createServer({ cert: certPem, key: keyPem }, (_, response) => {
      this.requests++;
      response.on('error', () => {});
      this.answer(response);
    });
  }

  static async start(): Promise<JwksServer> {
    const server = new JwksServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get address(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys.json`;
  }

  /** From now on answers with these public keys. */
  serve(keys: readonly object[]): void {
    this.answer = (response) => response.end(JSON.stringify({ keys }));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
