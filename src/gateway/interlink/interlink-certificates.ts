/** What a gateway shows and what it believes on the interlink; PEM. */
export interface InterlinkCertificates {
  /** The authority (or several, one after the other) that signs the gateways of the realm. */
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}
