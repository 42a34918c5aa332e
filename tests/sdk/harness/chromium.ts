import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser as PlaywrightBrowser, type Page } from 'playwright-core';
import { transformWithOxc } from 'vite';
import type { Driver, Emit, Outcome, Wire } from '../driver/driver';

/** The browser's program; nothing when this machine has none, and the tests that need it are then left out. */
export const chromiumPath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => path && existsSync(path));

const launchArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

declare global {
  interface Window {
    Centrifuge: new (endpoint: string, options: Record<string, unknown>) => never;
    startDriver(wire: Wire): void;
    driver: Driver;
    emitFromPage: Emit;
  }
}

/** The scripts a page needs: the SDK as it is shipped for script tags, then the driver. */
async function pageScripts(wire: Wire): Promise<string[]> {
  const sdk = join(dirname(createRequire(import.meta.url).resolve('centrifuge')), '..', 'dist');
  const driverFile = fileURLToPath(new URL('../driver/driver.ts', import.meta.url));
  const driver = await transformWithOxc(readFileSync(driverFile, 'utf8'), driverFile);
  return [
    readFileSync(join(sdk, wire === 'protobuf' ? 'centrifuge.protobuf.js' : 'centrifuge.js'), 'utf8'),
    `{ ${driver.code.replace(/^export /gm, '')}
       window.startDriver = (wire) => { window.driver = new Driver(window.Centrifuge, wire, window.emitFromPage); }; }`,
  ];
}

/** A page that holds the SDK of one wire. */
export class SdkPage {
  readonly #emits = new Map<string, Emit>();

  private constructor(readonly page: Page) {}

  /** Loads the address and puts the SDK into what came. */
  static async open(page: Page, address: string, wire: Wire): Promise<SdkPage> {
    const opened = new SdkPage(page);
    await page.exposeFunction('emitFromPage', (client: string, event: string, context: unknown) => {
      opened.#emits.get(client)?.(client, event, context);
    });
    await page.goto(address);
    for (const content of await pageScripts(wire)) await page.addScriptTag({ content });
    await page.evaluate((name) => window.startDriver(name), wire);
    return opened;
  }

  run(client: string, action: string, parameters: unknown[], emit: Emit): Promise<Outcome> {
    this.#emits.set(client, emit);
    return this.page.evaluate(([id, what, values]) => window.driver.run(id, what, values), [client, action, parameters] as [string, string, unknown[]]);
  }
}

/** A Chromium with a profile of its own, and a web server for its pages. */
export class Browser {
  readonly #pages = new Map<Wire, Promise<SdkPage>>();

  private constructor(readonly playwright: PlaywrightBrowser, private readonly site: HttpServer) {}

  static async launch(moreArguments: string[] = []): Promise<Browser> {
    const playwright = await chromium.launch({ executablePath: chromiumPath!, headless: true, args: [...launchArguments, ...moreArguments] });
    const site = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>SDK</title>'));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    return new Browser(playwright, site);
  }

  /** Origin of the pages. */
  get origin(): string {
    return `http://127.0.0.1:${(this.site.address() as AddressInfo).port}`;
  }

  /** The page with the SDK of a wire. */
  sdkPage(wire: Wire): Promise<SdkPage> {
    let page = this.#pages.get(wire);
    if (!page) this.#pages.set(wire, (page = this.playwright.newPage().then((one) => SdkPage.open(one, this.origin, wire))));
    return page;
  }

  async close(): Promise<void> {
    await this.playwright.close();
    this.site.close();
  }
}
