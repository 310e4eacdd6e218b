import { change, type Mutant } from './mutant.ts';

const EXCHANGE = 'src/gateway/exchange.ts';

/** What an edge does with a request. */
export const EDGE_MUTANTS: readonly Mutant[] = [
  {
    id: 'retry-an-unknown-write',
    breaks: 'A request of which nobody knows whether it was executed is sent again.',
    changes: change(EXCHANGE, "const mayHelp = failure.executed === 'no' && ", 'const mayHelp = '),
    engines: ['seeds'],
    quick: true,
  },
  {
    id: 'two-final-answers',
    breaks: 'An attempt that was given up still answers the request, which is told a second time.',
    changes: [
      {
        file: EXCHANGE,
        before: 'return this.#attempt === attempt && !this.#isSettled && !this.#isEnded;',
        after: 'return attempt !== null;',
      },
      {
        file: EXCHANGE,
        before: '#fail(code: ErrorCode, detail: string, told = detail): void {\n    if (this.#isEnded) return;\n',
        after: '#fail(code: ErrorCode, detail: string, told = detail): void {\n',
      },
    ],
    engines: ['test', 'seeds'],
    test: 'src/gateway/exchange.laws.test.ts',
  },
];
