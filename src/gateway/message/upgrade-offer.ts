import { isToken } from './field-check.ts';
import { fieldElements } from './field-list.ts';
import { type MessageFault, messageFault, shown } from './message-fault.ts';

/** The first protocol that `Upgrade` offers, in lower case. */
export interface UpgradeOffer {
  readonly ok: true;
  readonly protocol: string;
}

/**
 * Reads `Upgrade` (RFC 9110 §7.8). Protocols that carry further requests past the gateway's rules are refused: h2c and
 * other versions of HTTP (request smuggling), and TLS (RFC 2817: what follows could not be seen). Of several the first counts.
 */
export function parseUpgrade(value: string): UpgradeOffer | MessageFault {
  const protocols = fieldElements(value);
  const first = protocols[0];
  if (first === undefined) return messageFault('BAD_REQUEST', 'Upgrade is empty (RFC 9110 §7.8)');
  for (const protocol of protocols) {
    const slash = protocol.indexOf('/');
    const name = slash === -1 ? protocol : protocol.slice(0, slash);
    if (!isToken(name) || (slash !== -1 && !isToken(protocol.slice(slash + 1)))) {
      return messageFault(
        'BAD_REQUEST',
        `Upgrade offers ${shown(protocol)}: must be name or name/version (RFC 9110 §7.8)`,
      );
    }
    if (isCarrier(name.toLowerCase())) {
      return messageFault(
        'BAD_REQUEST',
        `Upgrade offers ${shown(protocol)}: the gateway changes to no other HTTP and no TLS`,
      );
    }
  }
  return { ok: true, protocol: first.toLowerCase() };
}

const isCarrier = (name: string): boolean =>
  name === 'http' || name === 'tls' || name === 'h2' || name === 'h2c' || name === 'h3' || name.startsWith('h2c-');
