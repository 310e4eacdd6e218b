import { mutantsCommand } from './mutants-command.ts';

// A copy of the checkout must not stay behind: an exit removes it, a signal alone would not.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

process.exitCode = await mutantsCommand(process.argv.slice(2), (text) => void process.stdout.write(text));
