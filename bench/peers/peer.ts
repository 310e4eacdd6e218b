import type { PinnedProcess } from './pinned-process.ts';

/** How the doors of one measurement are set up; the same for all peers. */
export interface DoorKind {
  /** Request ID and a buffered access log. */
  readonly isLogged: boolean;
  readonly isTls: boolean;
  /** The requests go over two hops: to a second door, mutual TLS between them. */
  readonly isTwoHops: boolean;
}

/** Where everything of one measurement is. */
export interface PeerPlace {
  readonly directory: string;
  readonly kind: DoorKind;
  /** The cells' ports by unit. */
  readonly cells: Readonly<Record<'RZ01' | 'RZ02' | 'RZ03', number>>;
  readonly certificate: { readonly cert: string; readonly key: string; readonly ca: string };
  /** The core of the doors. */
  readonly core: number;
}

/** A running door. */
export interface RunningPeer {
  readonly port: number;
  /** Whose processor time counts, by what they are called in the table. */
  readonly processes: Readonly<Record<string, PinnedProcess>>;
  end(): Promise<void>;
}

export interface Peer {
  readonly name: string;
  /** Whether it can be set up so. */
  takes(kind: DoorKind): boolean;
  start(place: PeerPlace): Promise<RunningPeer>;
}
