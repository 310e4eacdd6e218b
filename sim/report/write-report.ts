import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportPage } from './report-page.ts';
import type { ReportView } from './report-view.ts';

export interface ReportFiles {
  readonly page: string;
  readonly json: string;
}

/** Writes `NAME.html` and `NAME.json` into a folder, which is made. Adapter: writes files. */
export function writeReport(view: ReportView, folder: string, name: string): ReportFiles {
  mkdirSync(folder, { recursive: true });
  const files = { page: join(folder, `${name}.html`), json: join(folder, `${name}.json`) };
  writeFileSync(files.page, reportPage(view));
  writeFileSync(files.json, `${JSON.stringify(view, null, 2)}\n`);
  return files;
}
