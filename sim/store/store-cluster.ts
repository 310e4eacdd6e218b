import type { Network } from '../world/network.ts';
import type { RandomStream } from '../world/random-stream.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { World } from '../world/world.ts';
import type { OvertakenWrite } from './overtaken-write.ts';
import { type Commit, SimStore } from './sim-store.ts';

/** What is wrong with the store beyond its members and links; each is a share of calls, 0 to 1. */
export interface StoreTrouble {
  /** Transactions whose answer is lost, whether they took effect or not. */
  ambiguous: number;
  /** Of those: take effect only after their sender was told that nobody knows. */
  late: number;
  /** Calls that take up to three seconds longer. */
  slow: number;
  /** Hints that are lost, come late, come twice. */
  hintsLost: number;
  hintsLate: number;
  hintsTwice: number;
  /** Hints in whose place the watch says that the store has forgotten what happened since. */
  hintsCompacted: number;
}

export const NO_TROUBLE: Readonly<StoreTrouble> = Object.freeze({
  ambiguous: 0,
  late: 0,
  slow: 0,
  hintsLost: 0,
  hintsLate: 0,
  hintsTwice: 0,
  hintsCompacted: 0,
});

/** A new leader is there so long after the old one was lost, ms. */
const ELECTION_MS = 1_200;

/** The members of the store: it answers while a majority of them hear each other, by a leader among them. */
export class StoreCluster {
  readonly truth: SimStore;
  /** What reads see instead of the truth, while nothing can be written: a backup; null: none is in its place. */
  past: SimStore | null = null;
  /** The process whose guard record is not taken. */
  shy: SimProcess | null = null;
  /** The process whose transactions hang on their way. */
  hanging: SimProcess | null = null;
  /** A transaction that takes effect after its repetition. */
  overtaken: OvertakenWrite | null = null;
  readonly members: readonly SimProcess[];
  readonly trouble: StoreTrouble = { ...NO_TROUBLE };
  readonly random: RandomStream;
  readonly #world: World;
  readonly #network: Network;
  readonly #listeners = new Set<(commit: Commit) => void>();
  #leader: SimProcess | null;
  #electedAt = Number.NEGATIVE_INFINITY;
  #shape = -1;
  /** By process: whom it speaks to while nothing changes. */
  #near: (SimProcess | null | undefined)[] = [];
  #nearShape = -1;
  #nearLeader: SimProcess | null = null;

  constructor(world: World, network: Network, members: readonly SimProcess[]) {
    this.#world = world;
    this.#network = network;
    this.members = members;
    this.random = world.random.named('store');
    this.#leader = members[0] ?? null;
    this.truth = new SimStore((commit) => {
      for (const tell of this.#listeners) tell(commit);
      this.overtaken?.committed(commit);
    });
  }

  onCommit(tell: (commit: Commit) => void): () => void {
    this.#listeners.add(tell);
    return () => void this.#listeners.delete(tell);
  }

  /** The member that answers now; null: none can. */
  get leader(): SimProcess | null {
    if (this.#shape !== this.#world.shape) {
      this.#shape = this.#world.shape;
      if (this.#leader === null || !this.#canLead(this.#leader)) this.#elect();
    }
    return this.#world.now < this.#electedAt ? null : this.#leader;
  }

  /** The member that a process speaks to: the nearest that it reaches and that reaches the leader; null: none. */
  memberFor(process: SimProcess): SimProcess | null {
    const leader = this.leader;
    if (leader === null) return null;
    if (this.#nearShape !== this.#world.shape || this.#nearLeader !== leader) {
      this.#nearShape = this.#world.shape;
      this.#nearLeader = leader;
      this.#near = [];
    }
    const known = this.#near[process.index];
    if (known !== undefined) return known;
    const found = this.#findMember(process, leader);
    this.#near[process.index] = found;
    return found;
  }

  #findMember(process: SimProcess, leader: SimProcess): SimProcess | null {
    const usable = (member: SimProcess): boolean =>
      member.isRunning && this.#network.isConnected(process, member) && this.#network.isConnected(member, leader);
    const near = this.members.find((member) => member.dataCenter === process.dataCenter);
    if (near !== undefined && usable(near)) return near;
    return usable(leader) ? leader : (this.members.find(usable) ?? null);
  }

  /** Time from a process to the leader and back, one way each; the way back includes the majority's agreement. */
  delay(process: SimProcess, member: SimProcess, leader: SimProcess): number {
    const network = this.#network;
    const slow = this.random.chance(this.trouble.slow) ? this.random.between(100, 3_000) : 0;
    return network.delay(process, member) + (member === leader ? 0 : network.delay(member, leader)) + slow;
  }

  #canLead(member: SimProcess): boolean {
    if (!member.isRunning) return false;
    const heard = this.members.filter(
      (other) => other === member || (other.isRunning && this.#network.isConnected(member, other)),
    );
    return heard.length * 2 > this.members.length;
  }

  #elect(): void {
    const next = this.members.find((member) => this.#canLead(member)) ?? null;
    if (next !== null) this.#electedAt = this.#world.now + ELECTION_MS;
    this.#leader = next;
    this.#world.note(-1, 'store', next === null ? 'has no majority' : `${next.id} will lead`);
  }
}
