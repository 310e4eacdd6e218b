import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { TEST_BROWSER } from '../../scripts/test-servers.ts';
import { BrowserPage } from './browser-page.ts';
import { DevtoolsPipe } from './devtools-pipe.ts';

const END_LIMIT_MS = 15_000;
const MOST_WORDS = 4_000;

/**
 * Root has no sandbox of Chromium's, and containers often have none; the pages are our own. Nothing of the browser's own may go to the
 * network, so that what does is the page's.
 */
const ARGUMENTS = [
  '--headless',
  '--remote-debugging-pipe',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-breakpad',
  '--disable-crash-reporter',
  '--no-first-run',
  '--no-default-browser-check',
  '--hide-scrollbars',
  '--force-color-profile=srgb',
];

/** A real browser without a window, with a profile of its own. `close` it, whatever happens. */
export class Chromium {
  readonly #child: ChildProcess;
  readonly #pipe: DevtoolsPipe;
  readonly #profile: string;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    const [, , , to, from] = child.stdio;
    this.#pipe = new DevtoolsPipe(to as Writable, from as Readable);
    let words = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-MOST_WORDS);
    });
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#pipe.end(error.message);
        resolve();
      });
      child.once('exit', (code, signal) => {
        this.#pipe.end(`${signal ?? `exit code ${code}`}\n${words}`);
        resolve();
      });
    });
  }

  /** Throws with the package that has it if there is none on the PATH. */
  static async start(): Promise<Chromium> {
    const program = programOnPath();
    const profile = mkdtempSync(join(tmpdir(), 'ldc-chromium-'));
    const child = spawn(program, [...ARGUMENTS, `--user-data-dir=${profile}`], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      // A group of its own, so that its helper processes can be ended with it.
      detached: true,
      env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
    });
    const browser = new Chromium(child, profile);
    try {
      await browser.#pipe.call('Browser.getVersion', {});
      return browser;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  open(): Promise<BrowserPage> {
    return BrowserPage.open(this.#pipe);
  }

  /** Asks it to end, kills it and its helpers if it does not, and removes the profile. */
  async close(): Promise<void> {
    void this.#pipe.call('Browser.close', {}).catch(() => {});
    const killer = setTimeout(() => this.#kill(), END_LIMIT_MS);
    await this.#ended;
    clearTimeout(killer);
    this.#kill();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  #kill(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // Nobody is left in the group.
    }
  }
}

function programOnPath(): string {
  const { program, debianPackage, also = [] } = TEST_BROWSER;
  const found = [program, ...also].find((name) => (process.env.PATH ?? '').split(delimiter).some(isProgram(name)));
  if (found !== undefined) return found;
  throw new Error(`no ${[program, ...also].join(' or ')} on the PATH; on Debian: apt-get install ${debianPackage}`);
}

function isProgram(name: string): (folder: string) => boolean {
  return (folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
}
