import { type JwtIssuerSettings, jwtIssuerProblems } from '../gateway/identity/jwt-issuer.ts';

type Group = Readonly<Record<string, unknown>>;

interface Member {
  readonly isGood: (value: unknown) => boolean;
  readonly allowed: string;
}

const optional =
  (isGood: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || isGood(value);

const isText = (value: unknown): boolean => typeof value === 'string';

const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** The members of an issuer; docs/identity.md says what they mean. */
const MEMBERS: Readonly<Record<keyof JwtIssuerSettings, Member>> = {
  jwks: { isGood: (value) => isText(value) || isGroup(value), allowed: 'an address or a key set' },
  algorithms: { isGood: optional(isTextList), allowed: 'a list of texts' },
  clockToleranceS: { isGood: optional((value) => typeof value === 'number'), allowed: 'a number of seconds' },
  ca: { isGood: optional(isText), allowed: 'a text, PEM' },
};

/** What is wrong with `identity.jwtIssuers` of a configuration, one sentence each; nothing is known of its kinds before. */
export function issuerMistakes(issuers: unknown): string[] {
  if (!isGroup(issuers)) return ['identity.jwtIssuers: must be a group, with one member for each iss'];
  return Object.entries(issuers).flatMap(([name, issuer]) => {
    const path = `identity.jwtIssuers["${name}"]`;
    if (!isGroup(issuer)) return [`${path}: must be a group with jwks`];
    const mistakes = kindMistakes(path, issuer);
    if (mistakes.length > 0) return mistakes;
    return jwtIssuerProblems(name, issuer as unknown as JwtIssuerSettings).map((problem) => `identity.${problem}`);
  });
}

function kindMistakes(path: string, issuer: Group): string[] {
  const unknown = Object.keys(issuer).filter((name) => !Object.hasOwn(MEMBERS, name));
  const wrong = Object.entries(MEMBERS).filter(([name, member]) => !member.isGood(issuer[name]));
  return [
    ...unknown.map((name) => `${path}.${name}: is not a setting; known here: ${Object.keys(MEMBERS).join(', ')}`),
    ...wrong.map(([name, { allowed }]) => `${path}.${name}: must be ${allowed}`),
  ];
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
