import type { DataCenterId, NodeId, RealmId } from '../../core/ids.ts';

/** Who a gateway is, as its certificate says: `ldc://<realm>/<data center>/<node>` among the subject's alternative names. */
export interface PeerIdentity {
  readonly realm: RealmId;
  readonly dataCenter: DataCenterId;
  readonly node: NodeId;
}

const NAME = '[A-Za-z0-9._-]{1,64}';
const ENTRY = new RegExp(`^URI:ldc://(${NAME})/(${NAME})/(${NAME})$`);

/** The URI for a node's certificate. */
export const identityUri = (identity: PeerIdentity): string =>
  `ldc://${identity.realm}/${identity.dataCenter}/${identity.node}`;

/**
 * Reads the identity from the alternative names as Node writes them (`DNS:a, URI:b`); a string says why there is none.
 * Node quotes a name that contains a comma or quote (CVE-2021-44532): no certificate of ours does, so any quote is
 * refused, and one name can never be read as two.
 */
export function readIdentity(subjectAltName: string | undefined): PeerIdentity | string {
  if (subjectAltName === undefined) return 'the certificate has no alternative names';
  if (subjectAltName.includes('"')) return 'the certificate has a quoted alternative name';
  const uris = subjectAltName.split(', ').filter((entry) => entry.startsWith('URI:ldc:'));
  if (uris.length !== 1) return `the certificate has ${uris.length} ldc:// names, must have exactly one`;
  const parts = ENTRY.exec(uris[0] ?? '');
  if (parts === null) return `the certificate's ${uris[0]} is not ldc://<realm>/<data center>/<node>`;
  return { realm: parts[1] as RealmId, dataCenter: parts[2] as DataCenterId, node: parts[3] as NodeId };
}

/** What differs, or null. */
export function identityMismatch(expected: PeerIdentity, seen: PeerIdentity): string | null {
  if (expected.realm !== seen.realm) return `realm ${seen.realm}, expected ${expected.realm}`;
  if (expected.dataCenter !== seen.dataCenter) return `data center ${seen.dataCenter}, expected ${expected.dataCenter}`;
  return expected.node === seen.node ? null : `node ${seen.node}, expected ${expected.node}`;
}
