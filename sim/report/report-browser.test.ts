import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { BrowserPage, Clip } from '../../test/support/browser-page.ts';
import { Chromium } from '../../test/support/chromium.ts';
import { contrast, luminance } from '../../test/support/luminance.ts';
import { openScenario } from '../scenario/open-scenario.ts';
import type { DrillRecord } from './drill-record.ts';
import { LOSS, recordOf } from './record.fixture.ts';
import { reportPage } from './report-page.ts';
import { reportView } from './report-view.ts';

/** Text on its ground (WCAG 2.2, AA), and marks beside each other (1.4.11). */
const [TEXT_CONTRAST, MARK_CONTRAST] = [4.5, 3];
/** Of neighbouring rows of a striped mark; a plain one has next to none. */
const [STRIPED, PLAIN] = [0.3, 0.02];

const { scenario, topology } = openScenario('data-center-lost');

function pageOf(given: Partial<DrillRecord>): string {
  return reportPage(reportView(scenario, topology.shardRule, recordOf(LOSS, given)));
}

/** Everything that can go wrong, in words that are as long as they get. */
const BROKEN = pageOf({
  books: {
    acknowledged: 4_211,
    unknown: 17,
    lost: Array.from({ length: 30 }, (_, index) => `700080 lost-${index}`),
    wrong: ['700080 lost-31: amount 12, written 13'],
    unbalanced: ['700081: disk says {"balance":123456789,"entries":4000}, the entries are {"balance":1,"entries":2}'],
    accounts: 100,
  },
  convergedMs: null,
  missing: ['gateway-sh-a-1 runs epoch none, the table’s is 1234567', 'operation op-76aab9bd7185 is at promote'],
  broken: 'cells-hz-a ended by itself (SIGABRT); step promote of operation 1 never came',
});

describe('the report in a real browser', () => {
  let browser: Chromium;
  let page: BrowserPage;
  /** Another page, for what is worked out of pictures. */
  let desk: BrowserPage;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ldc-report-'));
    writeFileSync(join(folder, 'passed.html'), pageOf({}));
    writeFileSync(join(folder, 'broken.html'), BROKEN);
    browser = await Chromium.start();
    [page, desk] = [await browser.open(), await browser.open()];
  });

  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const addressOf = (name: string): string => pathToFileURL(join(folder, `${name}.html`)).href;

  async function show(name: 'passed' | 'broken', width: number, height: number): Promise<void> {
    await page.resize(width, height);
    await page.go(addressOf(name));
  }

  const bottomOf = (selector: string): Promise<number> =>
    page.evaluate(`document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect().bottom`);

  /** A part of what is drawn, without its edges. */
  const clipOf = (selector: string, edge = 2): Promise<Clip> =>
    page.evaluate(`(() => {
      const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
      const edge = Math.min(${edge}, width / 4);
      return { x: x + scrollX + edge, y: y + scrollY + ${edge}, width: width - 2 * edge, height: height - ${2 * edge} };
    })()`);

  test('asks for nothing but itself, and has nothing to complain about', async () => {
    for (const name of ['passed', 'broken'] as const) {
      page.requests.length = 0;
      await show(name, 1_280, 800);
      assert.deepEqual(page.requests, [addressOf(name)]);
    }
    assert.deepEqual(page.complaints, []);
    assert.equal(await page.evaluate('document.compatMode'), 'CSS1Compat');
  });

  test('verdict, figures and the users’ time line are on the first screen of a desk', async () => {
    await show('passed', 1_280, 800);
    for (const selector of ['.banner', '.tiles', '.events', '.lane svg[aria-label^="users lost"]'])
      assert.ok((await bottomOf(selector)) <= 800, selector);
    assert.match(await page.evaluate('document.querySelector(".banner").innerText'), /✔ Passed/);
  });

  test('the verdict and what was done are on the first screen of a phone', async () => {
    for (const name of ['passed', 'broken'] as const) {
      await show(name, 360, 740);
      assert.ok((await bottomOf('.banner strong')) <= 300, name);
    }
    await show('passed', 360, 740);
    assert.ok((await bottomOf('.tiles')) <= 740);
  });

  test('nothing is wider than the screen, and no figure wider than its tile', async () => {
    for (const name of ['passed', 'broken'] as const)
      for (const width of [320, 360, 768, 1_280]) {
        await show(name, width, 800);
        const wide: number = await page.evaluate('document.documentElement.scrollWidth');
        assert.ok(wide <= width, `${name}: ${wide} pixels on a screen of ${width}`);
        const cut: string[] = await page.evaluate(
          '[...document.querySelectorAll(".tile, .banner, td, th")].filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.innerText)',
        );
        assert.deepEqual(cut, [], `${name} at ${width}`);
      }
  });

  for (const width of [360, 1_280])
    test(`without colours served, held and failed can still be told apart, ${width} pixels wide`, async () => {
      await show('passed', width, 800);
      await page.call('Emulation.setEmulatedVisionDeficiency', { type: 'achromatopsia' });
      const look = async (selector: string) =>
        luminance(desk, await page.screenshot(await clipOf(selector))).then(({ mean, rows }) => {
          const inner = rows.slice(1, -1);
          return { mean, spread: Math.max(...inner) - Math.min(...inner) };
        });
      const served = await look('svg[aria-label^="users others"] rect.served');
      const held = await look('svg[aria-label^="users lost"] rect.held');
      const failed = await look('svg[aria-label^="users lost"] rect.failed');
      const marks = JSON.stringify({ served, held, failed });
      assert.ok(contrast(served.mean, failed.mean) >= MARK_CONTRAST, marks);
      assert.ok(held.spread >= STRIPED, marks);
      assert.ok(served.spread <= PLAIN && failed.spread <= PLAIN, marks);
      for (const [name, mark] of Object.entries({ served, held, failed })) {
        const inLegend = await look(`.legend svg[data-of="${name}"]`);
        assert.ok(contrast(inLegend.mean, mark.mean) < 1.3, `${name}: ${JSON.stringify(inLegend)}, ${marks}`);
      }
      await page.call('Emulation.setEmulatedVisionDeficiency', { type: 'none' });
    });

  for (const scheme of ['light', 'dark'])
    test(`all text can be read where ${scheme} pages are preferred`, async () => {
      const features = [{ name: 'prefers-color-scheme', value: scheme }];
      await page.call('Emulation.setEmulatedMedia', { media: '', features });
      for (const name of ['passed', 'broken'] as const) {
        await show(name, 1_280, 800);
        const faint: string[] = await page.evaluate(FAINT_TEXT);
        assert.deepEqual(faint, [], name);
      }
    });

  test('is printed with its bars, and not wider than the paper', async () => {
    await page.call('Emulation.setEmulatedMedia', { media: 'print', features: [] });
    // A4 between margins of 1 cm, in CSS pixels.
    await show('broken', 718, 1_000);
    const wide: number = await page.evaluate('document.documentElement.scrollWidth');
    assert.ok(wide <= 718, `${wide}`);
    assert.equal(await page.evaluate('getComputedStyle(document.querySelector(".bar")).printColorAdjust'), 'exact');
    const { data } = await page.call('Page.printToPDF', { paperWidth: 8.27, paperHeight: 11.69 });
    const pdf = Buffer.from(String(data), 'base64').toString('latin1');
    assert.match(pdf.slice(0, 8), /^%PDF-/);
    const pages = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    assert.ok(pages >= 1 && pages <= 6, `${pages} pages`);
    await page.call('Emulation.setEmulatedMedia', { media: '', features: [] });
  });
});

/** Text whose contrast to the nearest ground behind it is too low. */
const FAINT_TEXT = `(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (value) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const isShown = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
  return [...document.querySelectorAll('main *')].filter(isShown).flatMap((element) => {
    const [ink, paper] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))];
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    return contrast < ${TEXT_CONTRAST} ? [element.tagName + ' ' + contrast.toFixed(1) + ': ' + element.textContent.slice(0, 60)] : [];
  });
})()`;
