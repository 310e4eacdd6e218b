/** What happens to bytes in one direction. */
export interface Passage {
  readonly isCut: boolean;
  readonly delayMs: number;
}

/** A fault between two sets of processes; `isOneWay`: only what goes from `from` to `to`. */
export interface LinkFault {
  readonly key: string;
  readonly from: ReadonlySet<string>;
  /** Null: every process outside of `from`. */
  readonly to: ReadonlySet<string> | null;
  readonly isCut: boolean;
  readonly isOneWay: boolean;
  readonly delayMs: number;
}

/** The faults of links that are in force. Pure. */
export class LinkFaults {
  readonly #faults: LinkFault[] = [];

  add(fault: LinkFault): void {
    this.#faults.push(fault);
  }

  /** Takes away all faults under this key. */
  remove(key: string): void {
    for (let index = this.#faults.length - 1; index >= 0; index -= 1)
      if (this.#faults[index]?.key === key) this.#faults.splice(index, 1);
  }

  clear(): void {
    this.#faults.length = 0;
  }

  get isEmpty(): boolean {
    return this.#faults.length === 0;
  }

  /** For what the process `sender` sends to `receiver`; processes inside one data center are never apart by `others`. */
  passage(sender: string, receiver: string): Passage {
    const hit = this.#faults.filter(
      (fault) => goes(fault, sender, receiver) || (!fault.isOneWay && goes(fault, receiver, sender)),
    );
    return { isCut: hit.some(({ isCut }) => isCut), delayMs: Math.max(0, ...hit.map(({ delayMs }) => delayMs)) };
  }
}

function goes({ from, to }: LinkFault, sender: string, receiver: string): boolean {
  return from.has(sender) && (to === null ? !from.has(receiver) : to.has(receiver));
}
