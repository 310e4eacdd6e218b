import { SocketOwners } from './socket-owners.ts';

interface Question {
  readonly localPort: number;
  readonly remotePort: number;
  readonly answer: (sender: string | null) => void;
}

/** While links are cut, processes dial again and again: one look at the machine's sockets serves all that came meanwhile. */
const GATHER_MS = 150;

export type SenderOf = (localPort: number, remotePort: number) => string | null;

/** Tells which of the drill's processes opened a connection. */
export class SenderDesk {
  #names: () => ReadonlyMap<number, string> = () => new Map();
  #questions: Question[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** `names`: the living processes' names by their IDs. */
  know(names: () => ReadonlyMap<number, string>): void {
    this.#names = names;
  }

  /** Looks now; for many questions at once. */
  look(): SenderOf {
    const names = this.#names();
    const owners = SocketOwners.look([...names.keys()]);
    return (localPort, remotePort) => names.get(owners.ownerOf(localPort, remotePort) ?? 0) ?? null;
  }

  /** Looks soon, once for all who ask until then. */
  ask(localPort: number, remotePort: number): Promise<string | null> {
    return new Promise((answer) => {
      this.#questions.push({ localPort, remotePort, answer });
      this.#timer ??= setTimeout(() => this.#answerAll(), GATHER_MS);
    });
  }

  #answerAll(): void {
    this.#timer = null;
    const questions = this.#questions;
    this.#questions = [];
    const senderOf = this.look();
    for (const { localPort, remotePort, answer } of questions) answer(senderOf(localPort, remotePort));
  }
}
