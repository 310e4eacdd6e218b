import type { Socket } from 'node:net';
import { type RawServer, startRawServer } from '../support/raw-server.ts';
import { readUpstream } from './read-upstream.ts';
import type { ReadMessage } from './reading.ts';

/** What one exchange of bytes left at a cell. */
export interface CellRecord {
  readonly messages: ReadMessage[];
  readonly faults: string[];
}

/** A cell that reads strictly what reaches it, answers 200 to each whole request, and keeps what one message of a client brought. */
export class FuzzCell {
  #record: CellRecord = { messages: [], faults: [] };
  readonly #unfinished = new Set<Socket>();
  readonly #server: RawServer;

  private constructor(server: RawServer) {
    this.#server = server;
  }

  static async start(): Promise<FuzzCell> {
    let serve: (socket: Socket) => void = () => undefined;
    const server = await startRawServer((socket) => serve(socket));
    const cell = new FuzzCell(server);
    serve = (socket) => cell.#serve(socket);
    return cell;
  }

  get port(): number {
    return this.#server.port;
  }

  /** No connection is in the middle of a request. */
  get isQuiet(): boolean {
    return this.#unfinished.size === 0;
  }

  /** What came since the last call. */
  take(): CellRecord {
    const record = this.#record;
    this.#record = { messages: [], faults: [] };
    return record;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #serve(socket: Socket): void {
    let text = '';
    socket.setNoDelay(true);
    const over = (): void => {
      this.#unfinished.delete(socket);
      socket.end();
    };
    socket.on('end', over);
    socket.on('close', over);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (;;) {
        const read = readUpstream(text);
        if (read.kind === 'malformed') {
          this.#record.faults.push(`${read.why}: ${JSON.stringify(text)}`);
          socket.destroy();
          return;
        }
        if (read.kind === 'unfinished') break;
        text = text.slice(read.length);
        this.#record.messages.push(read.message);
        const body = read.message.method === 'HEAD' ? '' : 'ok';
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${body}`);
      }
      if (text === '') this.#unfinished.delete(socket);
      else this.#unfinished.add(socket);
    });
  }
}
