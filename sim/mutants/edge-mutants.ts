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
    breaks: 'A request whose time is up is told so, and its attempt goes on and answers it a second time.',
    changes: [
      {
        file: EXCHANGE,
        before: 'return this.#attempt === attempt && !this.#isSettled && !this.#isEnded;',
        after: 'return this.#attempt === attempt && !this.#isSettled;',
      },
      {
        file: EXCHANGE,
        before: '    this.#stream?.cancel();\n    if (this.#answer.hasBegun) {\n',
        after: '    if (this.#answer.hasBegun) {\n',
      },
    ],
    engines: ['seeds'],
  },
];
