/** One event of a text/event-stream. */
export interface ServerSentEvent {
  readonly name: string;
  readonly data: string;
}

/** Longest event in characters: a view of an operation on 65,536 shards that alternate has less. */
const EVENT_CHARACTERS = 8 * 1024 * 1024;

/**
 * Takes a text/event-stream apart (WHATWG HTML, section 9.2.6), however it is cut into pieces. Comments, `id` and `retry`
 * are passed over: who comes back asks for the whole state.
 */
export class EventStreamParser {
  #rest = '';
  #afterReturn = false;
  #name = '';
  #data: string[] = [];
  #length = 0;

  /** Events that are complete now; null: one is too long, and nothing further can be used. */
  push(text: string): ServerSentEvent[] | null {
    // A line may end with CR LF, and a piece between the two.
    const fresh = this.#afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.#afterReturn = text.endsWith('\r');
    if (!/[\r\n]/.test(fresh)) {
      this.#rest += fresh;
      return this.#isTooLong() ? null : [];
    }
    const lines = (this.#rest + fresh).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    const events: ServerSentEvent[] = [];
    for (const line of lines) {
      const event = line === '' ? this.#take() : this.#readLine(line);
      if (event !== null) events.push(event);
    }
    return this.#isTooLong() ? null : events;
  }

  #isTooLong(): boolean {
    return this.#length + this.#rest.length > EVENT_CHARACTERS;
  }

  #readLine(line: string): null {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') this.#name = value;
    if (field === 'data') {
      this.#data.push(value);
      this.#length += value.length;
    }
    return null;
  }

  #take(): ServerSentEvent | null {
    const event = this.#data.length === 0 ? null : { name: this.#name || 'message', data: this.#data.join('\n') };
    this.#name = '';
    this.#data = [];
    this.#length = 0;
    return event;
  }
}
