import type { IdentitySource, MissPolicy } from '../core/topology-document.ts';

/** `cookie uid`, `claim sub of ldc-fleet`. */
export function sourceInWords(source: IdentitySource): string {
  switch (source.type) {
    case 'path':
      return `path segment ${source.segment}`;
    case 'jwt': {
      const audience = source.audience === null ? '' : ` for ${source.audience}`;
      const cookie = source.cookie === null ? '' : ` in cookie ${source.cookie}`;
      return `claim ${source.claim} of ${source.issuer}${audience}${cookie}`;
    }
    case 'session':
      return `session cookie ${source.cookie} (${source.prefix})`;
    default:
      return `${source.type} ${source.name}`;
  }
}

export function missPolicyInWords(policy: MissPolicy): string {
  return policy.type === 'hash' ? `hash of ${sourceInWords(policy.source)}` : policy.type;
}
