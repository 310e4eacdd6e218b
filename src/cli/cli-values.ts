/** Values as given; a boolean that was not given is left out. */
export type CliValues = Readonly<Record<string, string | boolean | undefined>>;

export function textOption(values: CliValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function isSet(values: CliValues, name: string): boolean {
  return values[name] === true;
}
