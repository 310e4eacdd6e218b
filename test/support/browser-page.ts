import type { DevtoolsEvent, DevtoolsPipe } from './devtools-pipe.ts';
import { eventually } from './eventually.ts';

export interface Clip {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One page of the browser, with everything that it asked for and complained about. */
export class BrowserPage {
  /** Addresses that it asked for, its own included. */
  readonly requests: string[] = [];
  /** Exceptions, errors and warnings of its console, and what the browser itself complains about. */
  readonly complaints: string[] = [];
  readonly #pipe: DevtoolsPipe;
  readonly #session: string;
  #loads = 0;

  private constructor(pipe: DevtoolsPipe, session: string) {
    this.#pipe = pipe;
    this.#session = session;
    pipe.listen(session, (event) => this.#saw(event));
  }

  static async open(pipe: DevtoolsPipe): Promise<BrowserPage> {
    const { targetId } = await pipe.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await pipe.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new BrowserPage(pipe, String(sessionId));
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.call(`${domain}.enable`);
    return page;
  }

  call(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.#pipe.call(method, params, this.#session);
  }

  /** Resolves when all of it is loaded. */
  async go(url: string): Promise<void> {
    const before = this.#loads;
    await this.call('Page.navigate', { url });
    await eventually(`${url} is loaded`, () => this.#loads > before, 30_000);
  }

  /** Of the screen, in CSS pixels. */
  async resize(width: number, height: number): Promise<void> {
    await this.call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  /** Value of an expression, which is awaited; rejects with what it threw. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const answer = await this.call('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
    return (answer.result as { readonly value: Value }).value;
  }

  /** PNG in base64: of the whole page, or of a part of it. */
  async screenshot(clip?: Clip): Promise<string> {
    const whole = clip ?? (await this.#size());
    // A whole Chromium, unlike the shell, draws nothing for a page behind another one, and never answers.
    await this.call('Page.bringToFront');
    const params = { format: 'png', captureBeyondViewport: true, clip: { ...whole, scale: 1 } };
    return String((await this.call('Page.captureScreenshot', params)).data);
  }

  #size(): Promise<Clip> {
    return this.evaluate(
      '({ x: 0, y: 0, width: innerWidth, height: Math.min(16000, document.documentElement.scrollHeight) })',
    );
  }

  #saw({ method, params }: DevtoolsEvent): void {
    if (method === 'Page.loadEventFired') this.#loads += 1;
    if (method === 'Network.requestWillBeSent') this.requests.push((params.request as { readonly url: string }).url);
    const isTold =
      method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(String(params.type));
    if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded' || isTold)
      this.complaints.push(JSON.stringify(params));
  }
}
