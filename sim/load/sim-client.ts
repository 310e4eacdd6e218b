import type { ErrorCode } from '../../src/errors.ts';
import { ERRORS } from '../../src/errors.ts';
import type { AnswerHead, ClientHandle, Downstream } from '../../src/gateway/downstream.ts';
import type { ReceivedHead } from '../../src/gateway/message/request-head.ts';
import type { ClientRequest } from '../fleet/facts.ts';
import type { SimGateway } from '../fleet/sim-gateway.ts';

const BODY = new Uint8Array(8);

/** How a try ended for its client; `code` null: the cell's own answer. */
export interface TryEnd {
  readonly status: number;
  readonly code: ErrorCode | 'CONNECTION_LOST' | null;
  readonly detail: string;
}

/** A client's connection for one try: counts the final words that it hears. */
export class ClientTry implements Downstream {
  readonly request: ClientRequest;
  readonly gateway: SimGateway;
  finals = 0;
  /** Of the process that it is connected to. */
  readonly #life: number;
  readonly #ended: (end: TryEnd) => void;
  #handle: ClientHandle | null = null;
  #status = 0;
  #hasTakenBody = false;

  constructor(request: ClientRequest, gateway: SimGateway, ended: (end: TryEnd) => void) {
    this.request = request;
    this.gateway = gateway;
    this.#life = gateway.process.life;
    this.#ended = ended;
  }

  /** The process at the other end died. */
  get isReset(): boolean {
    const { life, isUp } = this.gateway.process;
    return life !== this.#life || !isUp;
  }

  start(): void {
    const handle = this.gateway.begin(headOf(this.request), this);
    this.#handle = handle;
    if (this.#hasTakenBody) this.#sendBody();
  }

  abandon(): void {
    this.#handle?.abandon();
  }

  takeBody(): void {
    this.#hasTakenBody = true;
    if (this.#handle !== null) this.#sendBody();
  }

  informational(): void {}

  head({ status }: AnswerHead): void {
    this.#status = status;
  }

  data(): boolean {
    return true;
  }

  end(): void {
    this.#final({ status: this.#status, code: null, detail: '' });
  }

  reject(code: ErrorCode, detail: string): void {
    this.#final({ status: ERRORS[code].status, code, detail });
  }

  abort(code: ErrorCode): void {
    this.#final({ status: 0, code, detail: 'broken off' });
  }

  drain(): void {}

  #sendBody(): void {
    this.#handle?.write(BODY);
    this.#handle?.endBody();
  }

  #final(end: TryEnd): void {
    this.finals += 1;
    this.#ended(end);
  }
}

function headOf({ kind, user, id, amount, tag, hasBody }: ClientRequest): ReceivedHead {
  const isWrite = kind === 'plain' || kind === 'keyed';
  const headers = ['Host', 'shop.example', 'X-User-Id', user];
  if (isWrite) headers.push('X-Entry', `${id} ${amount} ${tag}`);
  if (hasBody) headers.push('Content-Length', String(BODY.length));
  const target = kind === 'copy' ? '/catalog/items' : isWrite ? '/ledger/entries' : '/ledger/balance';
  const global = user === 'G' ? `/global${target}` : target;
  return {
    method: isWrite ? 'POST' : 'GET',
    target: global,
    httpVersion: '1.1',
    headers,
    remoteAddress: '192.0.2.1',
    secure: false,
  };
}
