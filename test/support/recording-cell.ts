import type { Socket } from 'node:net';
import { type RawServer, startRawServer } from './raw-server.ts';

/** One request as its exact bytes reached the cell, latin1. */
export interface RecordedRequest {
  readonly text: string;
  readonly target: string;
  readonly socket: Socket;
}

/** How the cell answers: its bytes, or a function that writes to the socket itself. */
export type CellAnswer = string | ((request: RecordedRequest) => void);

export const CELL_OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A cell that keeps every byte it gets, whole request by whole request, and answers what a test says. */
export class RecordingCell {
  readonly requests: RecordedRequest[] = [];
  /** All bytes of each connection, also of requests that never became whole. */
  readonly streams: string[] = [];
  /** Connections that the other side has ended or reset. */
  left = 0;
  answer: CellAnswer = CELL_OK;
  /** Answers as soon as the head is there. */
  isEarly = false;
  #server: RawServer | null = null;

  static async start(): Promise<RecordingCell> {
    const cell = new RecordingCell();
    cell.#server = await startRawServer((socket, index) => cell.#serve(socket, index));
    return cell;
  }

  get port(): number {
    return this.#server?.port ?? 0;
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #serve(socket: Socket, index: number): void {
    let text = '';
    this.streams[index] = '';
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.left += 1;
    });
    socket.on('data', (chunk: Buffer) => {
      const more = chunk.toString('latin1');
      this.streams[index] += more;
      text += more;
      for (let length = requestLength(text, this.isEarly); length > 0; length = requestLength(text, this.isEarly)) {
        const whole = text.slice(0, length);
        text = this.isEarly ? '' : text.slice(length);
        const request = { text: whole, target: whole.split(' ')[1] ?? '', socket };
        this.requests.push(request);
        const answer = request.target === '/probe' ? CELL_OK : this.answer;
        if (typeof answer === 'string') socket.write(answer, 'latin1');
        else answer(request);
        if (this.isEarly) return;
      }
    });
  }
}

/** Length of the whole request that the text begins with, or 0. */
function requestLength(text: string, isHeadEnough: boolean): number {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return 0;
  const head = text.slice(0, end + 2);
  if (isHeadEnough) return /^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(head) ? text.length : 0;
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head);
  if (length !== null) return text.length >= end + 4 + Number(length[1]) ? end + 4 + Number(length[1]) : 0;
  if (!/\r\ntransfer-encoding: chunked\r\n/i.test(head)) return end + 4;
  return chunkedEnd(text, end + 4);
}

/** Where a chunked body that begins at `start` ends, its trailers included; 0: not whole yet. */
function chunkedEnd(text: string, start: number): number {
  for (let at = start; ; ) {
    const line = text.indexOf('\r\n', at);
    if (line === -1) return 0;
    const size = Number.parseInt(text.slice(at, line), 16);
    at = line + 2 + size + 2;
    if (size > 0) continue;
    const end = text.indexOf('\r\n\r\n', line);
    return end === -1 ? 0 : end + 4;
  }
}
