import type { Answer } from '../message/answer.ts';
import { checkAnswer } from '../message/check-answer.ts';
import type { HeaderList } from '../upstream.ts';
import { ChunkReader } from './chunk-reader.ts';
import { BARE_LF, beginningText, headEnd, INCOMPLETE, textEnd } from './head-end.ts';
import { scanAnswer } from './scan-answer.ts';
import { copyOf } from './small-bytes.ts';

/** What comes of the bytes; whoever is told may stop the reader by `stop`. */
export interface AnswerSink {
  informational(status: number, headers: HeaderList): void;
  head(answer: Answer): void;
  data(bytes: Buffer): void;
  /** The answer is whole. `isClean`: nothing came behind it, so that its connection may be used again. */
  ended(trailers: HeaderList, isClean: boolean): void;
  fault(detail: string): void;
}

const NO_TRAILERS: HeaderList = Object.freeze([]);
const TAKE_ALL = true;

type Part = 'idle' | 'head' | 'length' | 'chunks' | 'close';

/** Reads the answers of one connection to a cell, one after the other (RFC 9112 §4, §6.3). */
export class AnswerReader {
  readonly #maxHeadBytes: number;
  #part: Part = 'idle';
  #asked = { method: '', upgrade: null };
  #sink: AnswerSink | null = null;
  #rest: Buffer | null = null;
  #left = 0;
  #chunks: ChunkReader | null = null;
  readonly #take = (bytes: Buffer): boolean => {
    this.#sink?.data(Buffer.from(bytes));
    return TAKE_ALL;
  };

  constructor(maxHeadBytes: number) {
    this.#maxHeadBytes = maxHeadBytes;
  }

  /** The next bytes answer a request with this method. */
  begin(method: string, sink: AnswerSink): void {
    this.#part = 'head';
    if (this.#asked.method !== method) this.#asked = { method, upgrade: null };
    this.#sink = sink;
    this.#rest = null;
  }

  /** Nobody listens any more. */
  stop(): void {
    this.#part = 'idle';
    this.#sink = null;
    this.#rest = null;
    this.#chunks = null;
  }

  /** The bytes are lent; what is handed on is a copy. */
  read(bytes: Buffer): void {
    let at = 0;
    let all = bytes;
    if (this.#rest !== null) {
      all = Buffer.concat([this.#rest, bytes]);
      this.#rest = null;
    }
    while (at < all.length && this.#part !== 'idle') {
      const next = this.#step(all, at);
      if (next === at) return;
      at = next;
    }
  }

  /** The cell ended its side: true if that is the end of the answer's body. */
  ended(): boolean {
    if (this.#part !== 'close') return false;
    this.#finish(NO_TRAILERS, false);
    return true;
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#part) {
      case 'head':
        return this.#readHead(bytes, at);
      case 'length': {
        const end = Math.min(bytes.length, at + this.#left);
        this.#left -= end - at;
        this.#sink?.data(copyOf(bytes, at, end));
        if (this.#left === 0) this.#over(bytes, end, NO_TRAILERS);
        return end;
      }
      case 'chunks':
        return this.#readChunks(bytes, at);
      default:
        this.#sink?.data(copyOf(bytes, at, bytes.length));
        return bytes.length;
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    let text = beginningText(bytes, at);
    let length = textEnd(text);
    const end = length === INCOMPLETE ? headEnd(bytes, at) : at + length;
    if (end === BARE_LF) return this.#fail('a line of the head does not end with CRLF', at);
    if ((end === INCOMPLETE ? bytes.length : end) - at > this.#maxHeadBytes)
      return this.#fail(`head over ${this.#maxHeadBytes} bytes (cells.maxResponseHeadBytes)`, at);
    if (end === INCOMPLETE) {
      // Something that speaks another protocol might wait for ever for us to speak it too.
      if (!isBeginning(bytes, at)) return this.#fail('the first line is not: HTTP version, status, reason', at);
      this.#rest = copyOf(bytes, at, bytes.length);
      return at;
    }
    if (length === INCOMPLETE) {
      text = bytes.toString('latin1', at, end);
      length = text.length;
    }
    const scanned = scanAnswer(text, length);
    if (typeof scanned === 'string') return this.#fail(scanned, at);
    const answer = checkAnswer(this.#asked, scanned);
    if (!answer.ok) return this.#fail(answer.detail, at);
    if (answer.status < 200) {
      this.#sink?.informational(answer.status, answer.headers);
      return end;
    }
    this.#begin(answer, bytes, end);
    return end;
  }

  #begin(answer: Answer, bytes: Buffer, end: number): void {
    const { framing } = answer;
    if (framing === 'chunked') {
      this.#part = 'chunks';
      this.#chunks = new ChunkReader();
    } else if (framing === 'close') this.#part = 'close';
    else {
      this.#part = 'length';
      this.#left = framing === 'none' ? 0 : framing;
    }
    this.#sink?.head(answer);
    if (this.#part === 'length' && this.#left === 0) this.#over(bytes, end, NO_TRAILERS);
  }

  #readChunks(bytes: Buffer, at: number): number {
    const chunks = this.#chunks;
    if (chunks === null) return at;
    const end = chunks.read(bytes, at, this.#take);
    if (chunks.fault !== null) return this.#fail(chunks.fault, at);
    if (chunks.isOver && this.#part === 'chunks') this.#over(bytes, end, chunks.trailers);
    return end;
  }

  #over(bytes: Buffer, end: number, trailers: HeaderList): void {
    this.#finish(trailers, end === bytes.length);
  }

  #finish(trailers: HeaderList, isClean: boolean): void {
    const sink = this.#sink;
    this.stop();
    sink?.ended(trailers, isClean);
  }

  #fail(detail: string, at: number): number {
    const sink = this.#sink;
    this.stop();
    sink?.fault(detail);
    return at;
  }
}

const START = Buffer.from('HTTP/1.');

function isBeginning(bytes: Buffer, at: number): boolean {
  const length = Math.min(bytes.length - at, START.length);
  return bytes.compare(START, 0, length, at, at + length) === 0;
}
