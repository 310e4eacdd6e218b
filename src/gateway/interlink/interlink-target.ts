import type { ByteConnection } from './byte-connection.ts';
import type { PeerIdentity } from './peer-identity.ts';

/** A gateway to dial, and who must answer there. */
export interface InterlinkTarget {
  readonly host: string;
  readonly port: number;
  readonly identity: PeerIdentity;
}

/** A connection with the identity that the peer's certificate proves, or why there is none. */
export type DialAnswer =
  | { readonly connection: ByteConnection; readonly proven: PeerIdentity }
  | { readonly error: string };

/** How connections are made: TLS (interlink-dialer.ts), or the simulator's network. */
export interface Dialer {
  /** Tries once and answers once, never from inside this call; after `cancel` it answers no more and leaves nothing open. */
  dial(target: InterlinkTarget, answer: (answer: DialAnswer) => void): { cancel(): void };
}
