import { type LinkFault, LinkFaults } from './link-faults.ts';
import { LinkRelay } from './link-relay.ts';
import type { LinkEndpoints } from './live-fleet-files.ts';
import type { LiveLayout } from './live-layout.ts';
import { SenderDesk, type SenderOf } from './sender-desk.ts';

/** One relay before each listener that other data centers, control or the store's clients reach, and the faults between them. */
export class LiveLinks {
  readonly endpoints: LinkEndpoints;
  /** `host:port` by which the store's members reach each other. */
  readonly memberPeers: ReadonlyMap<string, string>;
  readonly #relays: readonly LinkRelay[];
  readonly #faults: LinkFaults;
  readonly #members: ReadonlyMap<string, string>;
  readonly #senders: SenderDesk;

  private constructor(relays: OpenedRelays, faults: LinkFaults, senders: SenderDesk) {
    this.#relays = relays.all;
    this.#faults = faults;
    this.#senders = senders;
    this.#members = relays.members;
    this.memberPeers = relays.memberPeers;
    this.endpoints = { interlinks: relays.interlinks, cells: relays.cells, members: [...relays.members.values()] };
  }

  static async open(layout: LiveLayout, needs: RelayNeeds): Promise<LiveLinks> {
    const faults = new LinkFaults();
    const senders = new SenderDesk();
    const askSender = senders.ask.bind(senders);
    const passage = (sender: string, receiver: string) => faults.passage(sender, receiver);
    const hasFaults = (): boolean => !faults.isEmpty;
    const start = (receiver: string, targetPort: number): Promise<LinkRelay> =>
      LinkRelay.start({ receiver, targetPort, askSender, hasFaults, passage });
    return new LiveLinks(await openRelays(layout, needs, start), faults, senders);
  }

  /** Names of the living processes by their IDs: needed before the first fault. */
  know(processes: () => ReadonlyMap<number, string>): void {
    this.#senders.know(processes);
  }

  memberEndpoint(name: string): string {
    return this.#members.get(name) ?? '';
  }

  add(fault: LinkFault): void {
    this.#faults.add(fault);
    this.#update();
  }

  mend(key: string): void {
    this.#faults.remove(key);
    this.#update();
  }

  mendAll(): void {
    this.#faults.clear();
    this.#update();
  }

  /** The process is gone: nobody can connect to it. */
  async refuse(process: string): Promise<void> {
    await Promise.all(this.#relaysOf(process).map((relay) => relay.refuse()));
  }

  async accept(process: string): Promise<void> {
    await Promise.all(this.#relaysOf(process).map((relay) => relay.listen()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#relays.map((relay) => relay.refuse()));
  }

  #relaysOf(process: string): LinkRelay[] {
    return this.#relays.filter(({ receiver }) => receiver === process);
  }

  #update(): void {
    const senderOf: SenderOf = this.#faults.isEmpty ? () => null : this.#senders.look();
    for (const relay of this.#relays) relay.update(senderOf);
  }
}

/** Relays cost time, and this process is where they run: only what the scenario touches has one. */
export interface RelayNeeds {
  /** Some link is cut or slowed. */
  readonly links: boolean;
  /** Also between members of the store. */
  readonly memberLinks: boolean;
}

interface OpenedRelays {
  readonly all: readonly LinkRelay[];
  readonly interlinks: ReadonlyMap<string, string>;
  readonly cells: ReadonlyMap<string, string>;
  readonly members: ReadonlyMap<string, string>;
  readonly memberPeers: ReadonlyMap<string, string>;
}

async function openRelays(
  { gateways, cells, members }: LiveLayout,
  needs: RelayNeeds,
  start: (receiver: string, targetPort: number) => Promise<LinkRelay>,
): Promise<OpenedRelays> {
  const all: LinkRelay[] = [];
  const named = async <Place>(
    places: readonly Place[],
    of: (place: Place) => { readonly key: string; readonly receiver: string; readonly port: number },
    isNeeded = needs.links,
  ): Promise<ReadonlyMap<string, string>> => {
    const pairs = places.map(async (place): Promise<[string, string]> => {
      const { key, receiver, port } = of(place);
      if (!isNeeded) return [key, `127.0.0.1:${port}`];
      const opened = await start(receiver, port);
      all.push(opened);
      return [key, opened.endpoint];
    });
    return new Map(await Promise.all(pairs));
  };
  return {
    interlinks: await named(gateways, ({ node, interlink }) => ({ key: node, receiver: node, port: interlink })),
    cells: await named(cells, ({ dataCenter, port }) => ({ key: dataCenter, receiver: `cells-${dataCenter}`, port })),
    members: await named(members, ({ name, client }) => ({ key: name, receiver: name, port: client })),
    memberPeers: await named(
      members,
      ({ name, peer }) => ({ key: name, receiver: name, port: peer }),
      needs.memberLinks,
    ),
    all,
  };
}
