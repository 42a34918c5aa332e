import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';

const screenshots = fileURLToPath(new URL('../../../artifacts/screenshots/', import.meta.url));
/** How long anything may take to appear, ms. */
const patience = 20_000;
/** How long a page may take to connect again by itself, ms: its longest delay, twice. */
const reconnectTimeMax = 40_000;

/** Starts Chromium with a fresh profile; Playwright makes and removes it. */
export function startBrowser(): Promise<Browser> {
  mkdirSync(screenshots, { recursive: true });
  return chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] || '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const phone: BrowserContextOptions = {
  viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true,
};

/** Somebody with a browser window of their own. */
export class Visitor {
  /** What must not happen on any page: errors of the script and violations of the content security policy. */
  readonly faults: string[] = [];

  private constructor(readonly context: BrowserContext, readonly page: Page) {
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('dialog', (dialog) => {
      this.faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      // That a socket could not be opened is what several of these tests are about.
      if (message.type() === 'error' && !message.text().includes('ERR_')) this.faults.push(message.text());
    });
  }

  /** Opens a window; `name` was chosen on an earlier visit, or null: somebody is here for the first time. */
  static async arrive(browser: Browser, name: string | null, options: BrowserContextOptions = desktop): Promise<Visitor> {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    context.setDefaultTimeout(patience);
    if (name !== null) {
      await context.addInitScript((chosen) => {
        if (localStorage.getItem('starling-chat-name') === null) localStorage.setItem('starling-chat-name', chosen);
      }, name);
    }
    return new Visitor(context, await context.newPage());
  }

  /** Somebody who came in another window of the same browser. */
  static inWindow(page: Page): Visitor {
    return new Visitor(page.context(), page);
  }

  async open(address: string): Promise<void> {
    await this.page.goto(address);
    await this.isConnected();
  }

  get state(): Locator {
    return this.page.locator('[data-state]:visible');
  }

  isConnected(): Promise<void> {
    return this.hasState('connected');
  }

  hasState(kind: string): Promise<void> {
    return this.page.locator(`[data-state][data-kind=${kind}]:visible`).waitFor({ timeout: reconnectTimeMax });
  }

  /** Presses "Retry now", unless the page has just done so itself. */
  async retryNow(): Promise<void> {
    await this.page.locator('.room [data-notice-bar] button').evaluate((button: HTMLButtonElement) => button.click());
    await this.isConnected();
  }

  get field(): Locator {
    return this.page.getByLabel('Message', { exact: true });
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  /** The messages that hold exactly this text. */
  messages(text: string): Locator {
    return this.page.locator('.message').filter({ has: this.page.getByText(text, { exact: true }) });
  }

  sees(text: string): Promise<void> {
    return this.messages(text).first().waitFor();
  }

  /** Waits until one's own message stands as described. */
  isDelivered(text: string, delivery: 'sent' | 'waiting' | 'refused' = 'sent'): Promise<void> {
    return this.page.locator(`.message[data-delivery=${delivery}]`).filter({ has: this.page.getByText(text, { exact: true }) }).waitFor();
  }

  /** How far the page is wider than the window, px. */
  sidewaysScroll(): Promise<number> {
    return this.page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth);
  }

  /** Takes a picture once whatever moved has come to rest. */
  async picture(name: string): Promise<void> {
    await this.page.evaluate(() => Promise.all(document.getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity)
      .map((animation) => animation.finished.catch(() => undefined))));
    await this.page.evaluate(() => document.fonts.ready.then(() => undefined));
    await this.page.screenshot({ path: `${screenshots}${name}.png` });
  }
}
