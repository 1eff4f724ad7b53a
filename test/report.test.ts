/**
 * A run's report in a real browser: headless Chromium opens the page from the disk, at the width of a phone and of a desk. Set
 * REPORT_SCREENSHOTS to a folder to keep what was seen.
 */
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadRunConfig, trainRun } from '@taskspace/trainer';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTaskspace } from './run-taskspace.ts';

const plugin = fileURLToPath(new URL('__fixtures__/even-domain.ts', import.meta.url));
const HOSTILE = `</script><img src="http://127.0.0.1:9/x" onerror="document.title='hacked'"><script>document.title='hacked'</script>`;
const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } } as const;

const chromium = await findChromium();
if (chromium === null) {
  console.warn(
    'SKIPPED: no Chromium in PATH, so the report was not looked at. Install Debian’s chromium, or set CHROMIUM to a browser.',
  );
}

describe.skipIf(chromium === null)('the report of a run of the pocket policy', () => {
  let folder = '';
  let run = '';
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-'));
    run = join(folder, 'run');
    const value = {
      out: run,
      policy: 'pocket',
      domains: { even: { plugin } },
      iterations: 4,
      curriculum: { name: 'exit', capacity: 16, minSize: 2 },
      rollout: { prompts: 4, groupSize: 4, sampling: { maxTokens: 8 } },
      optimizer: { learningRate: 0.0001 },
      evaluation: { tasks: 4, samples: 2, rewrites: [0, 1] },
      log: { groups: 4 },
      device: 'cpu',
      threads: 1,
    };
    await trainRun(await loadRunConfig({ value }));
    await makeHostile(join(run, 'rollouts'));
    const { code, stdout } = await runTaskspace(['report', run]);
    expect(stdout).toContain(join(run, 'report.html'));
    expect(code).toBe(0);
    browser = await puppeteer.launch({
      executablePath: chromium!,
      // Tests may run as root, where Chromium's own sandbox does not start.
      args: ['--no-sandbox'],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  /** Opens the page and watches it: everything asked for, everything complained of. */
  async function open(size: keyof typeof SIZES): Promise<{ page: Page; seen: string[] }> {
    const page = await browser.newPage();
    await page.setViewport(SIZES[size]);
    const seen: string[] = [];
    const address = pathToFileURL(join(run, 'report.html')).href;
    page.on('request', (request) => {
      const url = request.url();
      if (url !== address && url !== 'data:,') seen.push(`requested ${url}`);
    });
    page.on('console', (message) => seen.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => seen.push(String(error)));
    await page.goto(address);
    return { page, seen };
  }

  test.each(['phone', 'desk'] as const)('opens points and rollouts on a %s', async (size) => {
    const { page, seen } = await open(size);
    const text = (selector: string) => page.$eval(selector, (element) => element.textContent ?? '');
    const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(wide)).toBe(0);
    expect(await page.$$eval('figure > svg', (charts) => charts.length)).toBeGreaterThan(8);

    expect(await page.$$('#map circle')).toHaveLength(16);
    const dot = (await page.$$('#map circle[data-iteration="3"]'))[1]!;
    await dot.scrollIntoView();
    await dot.click();
    const chosen = await page.$eval('#map .chosen', (mark) => mark.textContent ?? '');
    expect(chosen).toContain('even: ');
    expect(chosen).toContain(await text('#group h3'));

    expect(await page.$$('#rollouts .rollout')).toHaveLength(4);
    expect(await text('#rollouts .rollout dl')).toMatch(/reward.*advantage.*tokens.*trained/u);
    expect((await page.$$('#rollouts .rollout:first-child mark')).length).toBeGreaterThan(0);
    const before = await text('#rollouts .rollout:first-child .said');
    await page.click('#rollouts .rollout:first-child .whole');
    const after = await text('#rollouts .rollout:first-child .said');
    expect(after.length).toBeGreaterThan(before.length);
    expect(after).toContain(await text('#group .request'));

    await keepScreenshot(page, size);
    expect(seen).toEqual([]);
    await page.close();
  });

  test('the space grows with the iterations', async () => {
    const { page, seen } = await open('desk');
    const shown = () => page.$$eval('#map circle:not(.later)', (dots) => dots.length);
    expect(await shown()).toBe(16);
    await page.focus('#up-to');
    await page.keyboard.press('Home');
    expect(await shown()).toBe(4);
    expect(seen).toEqual([]);
    await page.close();
  });

  test('hostile text is shown and does nothing', async () => {
    const { page, seen } = await open('desk');
    for (const position of ['0', '1']) {
      await page.select('#pick', position);
      for (const button of await page.$$('#rollouts .whole')) await button.click();
      expect(await page.$eval('body', (body) => body.textContent ?? '')).toContain(HOSTILE);
    }
    expect(await page.title()).not.toContain('hacked');
    expect(await page.$$('img')).toEqual([]);
    expect(seen).toEqual([]);
    await page.close();
  });

  test('print shows every figure and no controls', async () => {
    const { page, seen } = await open('desk');
    await page.emulateMediaType('print');
    const hidden = await page.$$eval('button, input, select, nav', (controls) =>
      controls.every((control) => control.getClientRects().length === 0),
    );
    expect(hidden).toBe(true);
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
    expect(seen).toEqual([]);
    await page.close();
  });
});

/** Makes the groups of the first iteration say what a page must not take for its own. */
async function makeHostile(rollouts: string): Promise<void> {
  const file = join(rollouts, (await readdir(rollouts)).sort()[0]!);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const changed = lines.map((line) => {
    const { sequences: _, ...rest } = JSON.parse(line);
    return JSON.stringify({ ...rest, feedback: HOSTILE, category: HOSTILE, sequences: [] });
  });
  await writeFile(file, `${changed.join('\n')}\n`);
}

async function keepScreenshot(page: Page, name: string): Promise<void> {
  const target = process.env.REPORT_SCREENSHOTS;
  if (target === undefined) return;
  await mkdir(target, { recursive: true });
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(target, `${name}.png`), fullPage: true });
}

/** A browser to test with: CHROMIUM, or the first in PATH; null when there is none. */
async function findChromium(): Promise<string | null> {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  for (const candidate of [process.env.CHROMIUM ?? '', ...candidates]) {
    if (candidate === '') continue;
    const found = await access(candidate).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return null;
}
