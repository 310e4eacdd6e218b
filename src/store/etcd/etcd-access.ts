import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { CodedError } from '../../errors.ts';
import { type ChannelCredentials, type ChannelOptions, etcdLibrary, type Metadata } from './etcd-library.ts';

/** PEM texts; without `ca` the system's authorities count. */
export interface TlsTexts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** How to enter the cluster; without `tls` in plain text. */
export interface EtcdAccess {
  readonly tls?: SecureContext;
  readonly credentials?: { readonly user: string; readonly password: string };
}

export const newMetadata = (): Metadata => new (etcdLibrary().grpc.Metadata)();

/** The certificates, parsed. Throws STORE_OPTIONS for what is no PEM, or a key that does not fit its certificate. */
export function tlsContext(tls: TlsTexts = {}): SecureContext {
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new CodedError('STORE_OPTIONS', 'tls.cert and tls.key are needed together');
  }
  try {
    return createSecureContext({ ...tls, minVersion: 'TLSv1.2' });
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new CodedError(
      'STORE_OPTIONS',
      `tls.ca, tls.cert or tls.key is not a PEM text (content, not a file name): ${seen}`,
    );
  }
}

/**
 * What a channel to `endpoint` needs. gRPC sends the host as TLS server name; Node 26 refuses to where that is an IP
 * address (RFC 6066 has names only). So another name is sent then, and the certificate is checked for the address.
 */
export function channelAccess(
  endpoint: string,
  access: EtcdAccess,
): { credentials: ChannelCredentials; options: ChannelOptions } {
  const { grpc } = etcdLibrary();
  if (access.tls === undefined) return { credentials: grpc.credentials.createInsecure(), options: {} };
  const host = endpoint.slice(0, endpoint.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  const verify = {
    checkServerIdentity: (_: string, certificate: PeerCertificate): Error | undefined =>
      checkServerIdentity(host, certificate),
  };
  const credentials = grpc.credentials.createFromSecureContext(access.tls, verify);
  return { credentials, options: isIP(host) === 0 ? {} : { 'grpc.ssl_target_name_override': 'etcd' } };
}
