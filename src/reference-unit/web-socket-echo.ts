import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../core/clock.ts';

/** Largest message; a larger one closes the socket with 1009. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** A socket whose answers are not read takes no more messages above this, until they are. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** `/ws`: sends every message back as it came (text or binary). A socket that misses a ping is ended. */
export class WebSocketEcho {
  readonly #clock: Clock;
  readonly #pingMs: number;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, clientTracking: true });

  constructor(clock: Clock, pingMs: number) {
    this.#clock = clock;
    this.#pingMs = pingMs;
  }

  /** Takes over an upgrade; `onEnd` tells whether the socket was closed in order. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, onEnd: (isComplete: boolean) => void): void {
    // A bad handshake is answered and the socket destroyed without a WebSocket ever existing.
    const refused = (): void => onEnd(false);
    socket.once('close', refused);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('close', refused);
      this.#serve(webSocket, onEnd);
    });
  }

  /** Asks all clients to leave (1001, going away). */
  closeAll(): void {
    for (const client of this.#server.clients) client.close(1001, 'the cell is shutting down');
  }

  terminateAll(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }

  #serve(webSocket: WebSocket, onEnd: (isComplete: boolean) => void): void {
    let isAlive = true;
    const ping = (): void => {
      if (!isAlive) {
        webSocket.terminate();
        return;
      }
      isAlive = false;
      webSocket.ping();
      timer = this.#clock.setTimer(this.#pingMs, ping);
    };
    let timer = this.#clock.setTimer(this.#pingMs, ping);
    webSocket.on('pong', () => (isAlive = true));
    webSocket.on('error', () => {});
    webSocket.on('message', (data, isBinary) => {
      isAlive = true;
      webSocket.send(data as Buffer, { binary: isBinary }, () => {
        if (webSocket.isPaused && webSocket.bufferedAmount < MAX_BUFFERED_BYTES) webSocket.resume();
      });
      if (webSocket.bufferedAmount > MAX_BUFFERED_BYTES) webSocket.pause();
    });
    webSocket.on('close', (code) => {
      timer.cancel();
      // 1006: the connection broke without a closing handshake (RFC 6455 §7.1.5).
      onEnd(code !== 1006);
    });
  }
}
