import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('./config', import.meta.url));

/** Writes a committed configuration with its `{{NAME}}` filled in; returns the file. Throws if one has no value. */
export function writeFromTemplate(
  template: string,
  file: string,
  values: Readonly<Record<string, string | number>>,
): string {
  const text = readFileSync(join(FOLDER, template), 'utf8').replace(/\{\{([A-Z0-9_]+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${template}: nothing to fill {{${name}}} with`);
    return String(value);
  });
  writeFileSync(file, text);
  return file;
}

/** A committed file that is used as it is. */
export const committedFile = (name: string): string => join(FOLDER, name);
