import type { IdentitySource } from '../../core/topology-document.ts';
import type { AskLimit } from './ask-limit.ts';
import type { HeadPlan } from './head-plan.ts';
import { invalid, MISSING, type SourceOutcome, unavailable } from './identity-result.ts';
import { ABSENT } from './occurrence.ts';
import { percentDecode } from './percent-decode.ts';
import { repeated, userIdOutcome } from './plain-source.ts';
import type { SessionAnswer, SessionLookup } from './session-lookup.ts';
import { sourceLabel } from './source-label.ts';
import type { SourceReader } from './source-reader.ts';

/** Longest session ID, in characters after decoding. */
export const SESSION_ID_MAX_LENGTH = 512;

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Reader of a session source: cookie → look-up under `<prefix><session ID>` → user ID, within the route's limit. */
export function compileSessionSource(
  source: IdentitySource & { readonly type: 'session' },
  plan: HeadPlan,
  lookup: SessionLookup,
  limit: AskLimit,
): SourceReader {
  const label = sourceLabel(source);
  const index = plan.cookie(source.cookie);
  const outcomeOf = (answer: SessionAnswer) => sessionOutcome(label, answer);
  return ({ cookies }) => {
    const { count, value } = cookies[index] ?? ABSENT;
    if (value === undefined) return MISSING;
    if (count === 2) return repeated(`cookie ${source.cookie}`);
    const id = value.length > 3 * SESSION_ID_MAX_LENGTH ? null : percentDecode(value, false);
    if (id === null || id.length > SESSION_ID_MAX_LENGTH || !VISIBLE_ASCII.test(id)) {
      return invalid('USER_ID_INVALID', `${label} is not 1 to ${SESSION_ID_MAX_LENGTH} characters of visible ASCII`);
    }
    const key = source.prefix + id;
    return () => {
      const answer = lookup.lookup(key);
      if (!(answer instanceof Promise)) return outcomeOf(answer);
      return limit.apply(answer, (detail) => lookup.late(key, detail)).then(outcomeOf);
    };
  };
}

function sessionOutcome(label: string, answer: SessionAnswer): SourceOutcome {
  switch (answer.kind) {
    case 'none':
      return { kind: 'missing', detail: `${label} is not known` };
    case 'unavailable':
      return unavailable(`${label}: ${answer.detail}`);
    case 'value':
      return userIdOutcome(label, answer.value);
  }
}
