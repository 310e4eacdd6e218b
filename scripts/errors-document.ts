import { ERRORS, type ErrorSpec } from '../src/errors.ts';

type Side = ErrorSpec['side'];

const SIDES: Readonly<Record<Side, string>> = {
  client: 'The client has to change its request, or did not stay until its end.',
  gateway: 'The gateway, or what it needs to route (another gateway, the session store), has to be looked at.',
  cell: 'A cell of the unit has to be looked at, or the way to it.',
  store: 'The coordination store has to be looked at. Gateways go on with the table that they have.',
  operator: 'Whoever called the control API, ran a command or wrote a configuration has to correct it.',
};

const INTRODUCTION = `# Errors

Every error has a code, and codes are public API: a code keeps its meaning, and new ones may be added. This page is written
by \`npm run docs:errors\` from the table in \`src/errors.ts\`; a test compares the two.

A door answers \`{"error": {"code", "message", "detail"}}\`, the control API adds \`next\`: what to do. \`message\` is the text of
this page, \`detail\` says what was seen and what is allowed in this very case. The command line prints the detail, the code and
what to do, and ends with an exit code other than 0.

**Status** is the HTTP status; – means that the code reaches people only in logs, health answers or on the command line. The
control API answers 503 with \`Retry-After\` for every failure of the store.

**Retry** says whether the same request may be sent again:

| retry | meaning |
|---|---|
| no | it fails again until something is changed |
| safe | it was provably not executed: send it again at once |
| later | it was not executed: send it again after \`Retry-After\` |
| unknown | it may have been executed: only an idempotent request may be sent again |
`;

/** The text of docs/errors.md: who has to act is the chapter, in the order of the table within it. */
export function errorsDocument(errors: Readonly<Record<string, ErrorSpec>> = ERRORS): string {
  const chapters = (Object.keys(SIDES) as Side[]).map((side) => chapter(side, errors));
  return [INTRODUCTION, ...chapters].join('\n');
}

function chapter(side: Side, errors: Readonly<Record<string, ErrorSpec>>): string {
  const rows = Object.entries(errors).filter(([, spec]) => spec.side === side);
  return [
    `## ${side}`,
    '',
    SIDES[side],
    '',
    '| code | status | retry | meaning | what to do |',
    '|---|---|---|---|---|',
    ...rows.map(([code, spec]) => row(code, spec)),
    '',
  ].join('\n');
}

function row(code: string, { status, retry, message, next }: ErrorSpec): string {
  const cells = [`\`${code}\``, status === 0 ? '–' : `${status}`, retry, message, next];
  return `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}
