import type { SimProcess } from './sim-process.ts';

/** Something that will happen; `run` null: it was called off. */
export class SimEvent {
  at: number;
  order: number;
  /** It happens inside this process, in this life of it; null: outside of all. */
  readonly owner: SimProcess | null;
  readonly life: number;
  run: (() => void) | null;
  /** Not before the owner's monotonic clock shows this, ms: a timer. */
  readonly due: number;

  constructor(at: number, order: number, owner: SimProcess | null, run: () => void, due = Number.NEGATIVE_INFINITY) {
    this.at = at;
    this.order = order;
    this.owner = owner;
    this.life = owner === null ? 0 : owner.life;
    this.run = run;
    this.due = due;
  }

  cancel(): void {
    this.run = null;
  }
}

/** Grows by doubling. */
const FIRST_ROOM = 1_024;

/**
 * Events in order of time, those of one instant in the order in which they were put in: a binary heap. Times and orders stand in
 * arrays of their own: comparing two events then touches no object.
 */
class EventHeap {
  readonly #events: SimEvent[] = [];
  #at = new Float64Array(FIRST_ROOM);
  #order = new Float64Array(FIRST_ROOM);

  get size(): number {
    return this.#events.length;
  }

  peek(): SimEvent | undefined {
    return this.#events[0];
  }

  push(event: SimEvent): void {
    const events = this.#events;
    let index = events.length;
    events.push(event);
    if (index >= this.#at.length) this.#grow();
    const times = this.#at;
    const orders = this.#order;
    const { at, order } = event;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = times[parent] as number;
      if (above < at || (above === at && (orders[parent] as number) < order)) break;
      events[index] = events[parent] as SimEvent;
      times[index] = above;
      orders[index] = orders[parent] as number;
      index = parent;
    }
    events[index] = event;
    times[index] = at;
    orders[index] = order;
  }

  pop(): SimEvent | undefined {
    const first = this.#events[0];
    const last = this.#events.pop();
    if (first === undefined || last === undefined || this.#events.length === 0) return first;
    this.#sink(last);
    return first;
  }

  #sink(event: SimEvent): void {
    const events = this.#events;
    const times = this.#at;
    const orders = this.#order;
    const size = events.length;
    const { at, order } = event;
    let index = 0;
    for (let child = 1; child < size; child = 2 * index + 1) {
      const right = child + 1;
      if (right < size) {
        const left = times[child] as number;
        const other = times[right] as number;
        if (other < left || (other === left && (orders[right] as number) < (orders[child] as number))) child = right;
      }
      const below = times[child] as number;
      if (at < below || (at === below && order < (orders[child] as number))) break;
      events[index] = events[child] as SimEvent;
      times[index] = below;
      orders[index] = orders[child] as number;
      index = child;
    }
    events[index] = event;
    times[index] = at;
    orders[index] = order;
  }

  #grow(): void {
    const at = new Float64Array(this.#at.length * 2);
    const order = new Float64Array(this.#at.length * 2);
    at.set(this.#at);
    order.set(this.#order);
    this.#at = at;
    this.#order = order;
  }
}

/** Virtual milliseconds of which the later events lie together, unsorted. */
const SPAN_MS = 256;

/**
 * Events in order. Those of the present span lie in a heap, later ones in a list by their span until it comes: most of them are
 * limits of calls that are called off long before, and never cost more than a place in that list.
 */
export class EventQueue {
  readonly #heap = new EventHeap();
  readonly #later = new Map<number, SimEvent[]>();
  #laterCount = 0;
  /** First instant that does not belong to the heap. */
  #heapEnd = SPAN_MS;

  /** With those that were called off and are not thrown away yet. */
  get size(): number {
    return this.#heap.size + this.#laterCount;
  }

  peek(): SimEvent | undefined {
    for (;;) {
      const first = this.#heap.peek();
      if (first !== undefined || this.#laterCount === 0) return first;
      this.#nextSpan();
    }
  }

  /** An event of instant Infinity never comes. */
  push(event: SimEvent): void {
    if (event.at < this.#heapEnd) {
      this.#heap.push(event);
      return;
    }
    if (event.at === Number.POSITIVE_INFINITY) return;
    const span = Math.floor(event.at / SPAN_MS);
    const known = this.#later.get(span);
    if (known === undefined) this.#later.set(span, [event]);
    else known.push(event);
    this.#laterCount += 1;
  }

  pop(): SimEvent | undefined {
    return this.peek() === undefined ? undefined : this.#heap.pop();
  }

  #nextSpan(): void {
    const span = this.#heapEnd / SPAN_MS;
    this.#heapEnd += SPAN_MS;
    const events = this.#later.get(span);
    if (events === undefined) return;
    this.#later.delete(span);
    this.#laterCount -= events.length;
    for (const event of events) if (event.run !== null) this.#heap.push(event);
  }
}
