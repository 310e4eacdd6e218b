import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * An HTTP server in front of another that passes each call on and then, if `isLost` says so, cuts the connection instead
 * of giving the answer: the call was carried out, and nobody heard of it. A call that `isStopped` never arrives.
 */
export class LossyProxy {
  readonly url: string;
  readonly #server: Server;
  /** Method and path of the calls that came, in order. */
  readonly calls: string[] = [];

  private constructor(server: Server, calls: string[]) {
    this.#server = server;
    this.calls = calls;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(
    target: string,
    isLost: (call: string) => boolean,
    isStopped: (call: string) => boolean = () => false,
  ): Promise<LossyProxy> {
    const calls: string[] = [];
    const server = createServer(async (request, response) => {
      const call = `${request.method} ${request.url}`;
      calls.push(call);
      if (isStopped(call)) {
        request.socket.destroy();
        return;
      }
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(Buffer.from(chunk));
        const headers = { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' };
        const isPost = request.method === 'POST';
        const init = {
          method: request.method ?? 'GET',
          headers: isPost ? headers : { authorization: headers.authorization },
        };
        const answer = await fetch(target + request.url, isPost ? { ...init, body: Buffer.concat(chunks) } : init);
        const text = await answer.text();
        if (isLost(call)) request.socket.destroy();
        else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
      } catch {
        request.socket.destroy();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LossyProxy(server, calls);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
