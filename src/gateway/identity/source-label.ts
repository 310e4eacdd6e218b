import type { IdentitySource } from '../../core/topology-document.ts';

/** How a source is called in results, logs and metrics: `cookie uid`, `path segment 0`; only settings, no request data. */
export function sourceLabel(source: IdentitySource): string {
  switch (source.type) {
    case 'header':
      return `header ${source.name.toLowerCase()}`;
    case 'cookie':
    case 'query':
      return `${source.type} ${source.name}`;
    case 'path':
      return `path segment ${source.segment}`;
    case 'jwt':
      return `jwt ${source.claim}`;
    case 'session':
      return `session ${source.cookie}`;
  }
}
