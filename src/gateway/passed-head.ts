import type { AnswerHead } from './downstream.ts';
import type { Answer } from './message/answer.ts';
import { endToEndAnswerHeaders, endToEndAnswerLines } from './message/end-to-end-headers.ts';
import { fieldLines } from './message/field-lines.ts';
import type { HeaderList } from './upstream.ts';

/** A cell's head as the client gets it. Its fields are made in the form that the lane asks for. */
export class PassedHead implements AnswerHead {
  readonly #answer: Answer;
  readonly #ours: HeaderList;
  readonly status: number;
  readonly framing: AnswerHead['framing'];
  readonly declaredLength: number | null;

  constructor(answer: Answer, ours: HeaderList) {
    this.#answer = answer;
    this.#ours = ours;
    this.status = answer.status;
    this.framing = answer.framing;
    this.declaredLength = answer.declaredLength;
  }

  get headers(): HeaderList {
    return endToEndAnswerHeaders(this.#answer, this.#ours);
  }

  get lines(): string | undefined {
    const { lines } = this.#answer;
    return lines === undefined ? undefined : endToEndAnswerLines(this.#answer, lines) + fieldLines(this.#ours);
  }

  get isDated(): boolean {
    const { headers } = this.#answer;
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index] ?? '';
      if (name.length === 4 && name.toLowerCase() === 'date') return true;
    }
    return false;
  }
}
