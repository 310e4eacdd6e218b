import { CodedError } from '../../src/errors.ts';

/** The number that the text of an option says in digits, or `byDefault` if it was not given. Throws CLI_USAGE for anything else, and below `least`. */
export function wholeOption(name: string, text: string | undefined, byDefault: number, least: number): number {
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= least) return value;
  throw new CodedError('CLI_USAGE', `--${name} is ${JSON.stringify(text)}, must be a whole number from ${least}`);
}
