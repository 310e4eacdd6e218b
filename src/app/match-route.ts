import type { MatchRoute } from '../control/explain-route.ts';
import { parseAuthority } from '../gateway/message/authority.ts';
import { compileRoutes } from '../gateway/message/route-matcher.ts';
import { routePath } from '../gateway/message/route-path.ts';

/** The gateways' matcher for control's explanations; the two meet only here, where programs are wired. */
export const matchRoute: MatchRoute = (routes, method, host, path) => {
  const normal = routePath(path);
  if (!normal.ok) return { code: normal.code, detail: normal.detail };
  if (host !== '' && parseAuthority(host) === null) return { code: 'BAD_HOST', detail: `host ${JSON.stringify(host)}` };
  const matcher = compileRoutes(routes);
  if (!matcher.ok) return { code: 'INTERNAL', detail: matcher.detail };
  return matcher.match(method, host, normal.path);
};
