/** Field lines in order, names as received: [name, value, name, value, …]; latin1 strings. */
export type HeaderList = readonly string[];
