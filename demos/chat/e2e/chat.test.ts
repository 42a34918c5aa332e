import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nginxPath, WebSocketBlocker } from './proxy';
import { DemoServer } from './server';
import { desktop, startBrowser, Visitor } from './visitor';

let server: DemoServer;
let browser: Browser;
const visitors: Visitor[] = [];

beforeAll(async () => {
  [server, browser] = await Promise.all([DemoServer.start(), startBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

afterEach(async () => {
  const leaving = visitors.splice(0);
  await Promise.all(leaving.map(({ context }) => context.close()));
  for (const { faults } of leaving) expect(faults).toEqual([]);
});

let rooms = 0;
/** A room no other test is in. */
const newRoom = (name = 'room') => `${server.address}#/${name}-${(rooms += 1)}`;

async function arrive(name: string, address: string, options = desktop): Promise<Visitor> {
  const visitor = await Visitor.arrive(browser, name, options);
  visitors.push(visitor);
  await visitor.open(address);
  return visitor;
}

const both = (name: string, room = newRoom()) => Promise.all([arrive('Ada', room), arrive(name, room)]);

describe('two windows', () => {
  it('hear each other', async () => {
    const [ada, ben] = await both('Ben');
    await ada.say('Good morning');
    await ben.sees('Good morning');
    await ada.isDelivered('Good morning');
    expect(await ben.messages('Good morning').locator('[data-name]').textContent()).toBe('Ada');
    await ben.say('Morning!');
    await ada.sees('Morning!');
    await ben.isDelivered('Morning!');
    expect(await ada.messages('Good morning').count()).toBe(1);
    expect(await ben.messages('Morning!').count()).toBe(1);
  });

  it('see who is typing, and nobody sees it of themselves', async () => {
    const [ada, ben] = await both('Ben');
    await ben.field.pressSequentially('Let me think');
    await ada.page.locator('[data-typing][data-shown]', { hasText: 'Ben is typing' }).waitFor();
    expect(await ben.page.locator('[data-typing][data-shown]').count()).toBe(0);
    await ben.field.press('Enter');
    await ada.sees('Let me think');
    await ada.page.locator('[data-typing]:not([data-shown])').waitFor();
  });

  it('forget who stopped typing', async () => {
    const [ada, ben] = await both('Ben');
    await ben.field.pressSequentially('Hm');
    await ada.page.locator('[data-typing][data-shown]').waitFor();
    await ada.page.locator('[data-typing]:not([data-shown])').waitFor();
  });

  it('show markup as the text it is', async () => {
    const [ada, mallory] = await both('<img src=x onerror=alert(1)>');
    const hostile = ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', 'javascript:alert(1)'];
    for (const text of hostile) {
      await mallory.say(text);
      await ada.sees(text);
    }
    const inside = ada.page.locator('[data-entries]');
    expect(await inside.locator('script, img, svg, a').count()).toBe(0);
    expect(await ada.messages(hostile[0]!).locator('[data-name]').textContent()).toBe('<img src=x onerror=alert(1)>');
    await mallory.say('notes: https://example.org/a?b=1.');
    const link = inside.getByRole('link', { name: 'https://example.org/a?b=1', exact: true });
    await link.waitFor();
    expect(await link.getAttribute('href')).toBe('https://example.org/a?b=1');
    expect(await link.getAttribute('rel')).toContain('noopener');
  });

  it('count what came unseen: in another room, and below the part one reads', async () => {
    const room = newRoom('busy');
    const [ada, ben] = await both('Ben', room);
    for (let line = 1; line <= 30; line += 1) await ben.say(`line ${line}`);
    await ada.sees('line 30');
    await ada.page.locator('[data-scroll]').evaluate((scroller) => scroller.scrollTo({ top: 0, behavior: 'instant' }));
    await ada.page.waitForFunction(() => document.querySelector('[data-scroll]')!.scrollTop === 0);
    await ben.say('Are you there?');
    await ada.page.getByRole('button', { name: '1 new message' }).click();
    await ada.page.getByRole('button', { name: '1 new message' }).waitFor({ state: 'hidden' });
    await ada.page.getByRole('link', { name: 'ideas' }).click();
    await ada.page.waitForURL('**/#/ideas');
    await ben.say('And now?');
    await ada.page.waitForFunction(() => document.title === '(1) ideas · Starling chat');
    await ada.page.goBack();
    await ada.page.waitForFunction(() => document.title.startsWith('busy-'));
  });
});

describe('the start page', () => {
  it('leads to a room by keyboard alone', async () => {
    const ada = await arrive('Ada', server.address);
    await ada.page.getByRole('main').getByRole('link', { name: 'tea' }).focus();
    await ada.page.keyboard.press('Enter');
    await ada.page.getByRole('heading', { name: 'tea', exact: true }).waitFor();
    await ada.field.waitFor();
    await ada.page.keyboard.type('Typed at once');
    await ada.page.keyboard.press('Shift+Enter');
    await ada.page.keyboard.type('on two lines');
    await ada.page.keyboard.press('Enter');
    await ada.isDelivered('Typed at once\non two lines');
  });

  it('opens a room of one’s own under a tidy name', async () => {
    const ada = await arrive('Ada', server.address);
    await ada.page.getByLabel('A room of your own').fill('  Friday lunch!  ');
    await ada.page.getByRole('button', { name: 'Open room' }).click();
    await ada.page.waitForURL('**/#/Friday-lunch');
    await ada.page.getByText('Messages appear here from now on', { exact: false }).waitFor();
  });

  it('makes two people of two windows of one browser', async () => {
    const first = await Visitor.arrive(browser, null);
    visitors.push(first);
    await first.open(newRoom());
    const name = await first.page.locator('.side [data-my-name]').textContent();
    expect(name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
    const [page] = await Promise.all([
      first.context.waitForEvent('page'),
      first.page.getByRole('link', { name: 'Open a second window' }).click(),
    ]);
    const second = Visitor.inWindow(page);
    await second.isConnected();
    await second.say('Over here');
    await first.sees('Over here');
    expect(await first.messages('Over here').getAttribute('class')).not.toContain('message--mine');
    await first.page.reload();
    expect(await first.page.locator('.side [data-my-name]').textContent()).toBe(name);
    expect(second.faults).toEqual([]);
  });

  it('lets one change the name, and others see the new one', async () => {
    const [ada, ben] = await both('Ben');
    await ada.page.getByRole('button', { name: 'Change name' }).click();
    await ada.page.getByLabel('Your name', { exact: true }).fill('Ada Lovelace');
    await ada.page.keyboard.press('Enter');
    await ada.page.getByRole('dialog').waitFor({ state: 'hidden' });
    await ada.say('It is me');
    await ben.sees('It is me');
    expect(await ben.messages('It is me').locator('[data-name]').textContent()).toBe('Ada Lovelace');
  });
});

it.skipIf(!nginxPath)('a proxy that lets no WebSocket through keeps nobody from chatting, nor for long', async () => {
  const proxy = await WebSocketBlocker.start(server.address);
  try {
    const room = newRoom();
    const ada = await arrive('Ada', room);
    const ben = await Visitor.arrive(browser, 'Ben');
    const opened = Date.now();
    await ben.open(room.replace(server.address, proxy.address));
    await ben.say('From behind the wall');
    await ada.sees('From behind the wall');
    expect(Date.now() - opened).toBeLessThan(5_000);
    await ada.say('I hear you');
    await ben.sees('I hear you');
    expect(ben.faults.filter((fault) => !/WebSocket.*403/.test(fault))).toEqual([]);
    await ben.context.close();
  } finally {
    proxy.stop();
  }
});

describe('a lost connection', () => {
  it('is shown, retried and survived: what was written meanwhile arrives once', async () => {
    const room = newRoom();
    const ben = await arrive('Ben', room);
    const ada = await Visitor.arrive(browser, 'Ada');
    visitors.push(ada);
    await ada.page.clock.install();
    await ada.open(room);
    await ada.say('Before');
    await ben.sees('Before');
    await server.kill();
    await Promise.all([ada.hasState('waiting'), ben.hasState('waiting')]);
    expect(await ada.state.textContent()).toMatch(/^Retrying in \d+ s$/);
    await ada.say('Into the dark');
    await ada.isDelivered('Into the dark', 'waiting');
    await ben.say('Me too');
    await ben.isDelivered('Me too', 'waiting');

    // Ada's clock stands still, so that it is her hand that connects her, and only after Ben is there to hear her.
    await ada.page.clock.pauseAt(Date.now() + 1000);
    await server.start();
    await ben.isConnected();
    await ben.isDelivered('Me too');
    await ada.hasState('waiting');
    await ada.page.getByRole('button', { name: 'Retry now' }).click();
    await ada.isConnected();
    await ada.page.clock.resume();
    await ada.isDelivered('Into the dark');
    await ben.sees('Into the dark');

    await ada.say('After');
    await ben.sees('After'); // so whatever would have come twice has come
    for (const visitor of [ada, ben]) {
      for (const text of ['Before', 'Into the dark', 'After']) {
        expect(await visitor.messages(text).count(), `how often ${text} is shown`).toBe(1);
      }
    }
    expect(await ben.messages('Me too').count()).toBe(1);
  });

  it('is shown as such when it is the device that is offline', async () => {
    const ada = await arrive('Ada', newRoom());
    await ada.context.setOffline(true);
    await ada.hasState('offline');
    await ada.say('Kept');
    await ada.isDelivered('Kept', 'waiting');
    await ada.context.setOffline(false);
    await ada.isConnected();
    await ada.isDelivered('Kept');
  });

  it('that swallows an answer does not double the message', async () => {
    const room = newRoom();
    const ben = await arrive('Ben', room);
    const ada = await Visitor.arrive(browser, 'Ada');
    visitors.push(ada);
    let swallowed = false;
    await ada.page.routeWebSocket(/\/connection\/websocket/, (socket) => {
      const upstream = socket.connectToServer();
      let published = false;
      socket.onMessage((message) => {
        published ||= !swallowed && message.toString().includes('Only once');
        upstream.send(message);
      });
      upstream.onMessage((message) => {
        if (!published || swallowed) {
          socket.send(message);
        } else if (message.toString().includes('"publish"') || message.toString().includes('"pub"')) {
          swallowed = true; // the server has the message, and the line breaks before it can say so
          void socket.close({ code: 4000, reason: 'line broken' });
          void upstream.close();
        }
      });
    });
    await ada.open(room);
    await ada.say('Only once');
    await ben.sees('Only once');
    await ada.isDelivered('Only once');
    expect(swallowed).toBe(true);
    await ada.say('Done');
    await ben.sees('Done');
    expect(await ben.messages('Only once').count()).toBe(1);
    expect(await ada.messages('Only once').count()).toBe(1);
  });
});

it('a refused message says why and can be sent again', async () => {
  const room = newRoom();
  const ben = await arrive('Ben', room);
  const ada = await Visitor.arrive(browser, 'Ada');
  visitors.push(ada);
  let refuse = true;
  await ada.page.routeWebSocket(/\/connection\/websocket/, (socket) => {
    const upstream = socket.connectToServer();
    socket.onMessage((message) => {
      const command = message.toString();
      if (refuse && command.includes('Now or later')) {
        const { id } = JSON.parse(command) as { id: number };
        socket.send(JSON.stringify({ id, error: { code: 111, message: 'too many requests', temporary: true } }));
      } else {
        upstream.send(message);
      }
    });
  });
  await ada.open(room);
  await ada.say('Now or later');
  await ada.isDelivered('Now or later', 'refused');
  await ada.page.getByText('Too fast').waitFor();
  await ada.picture('chat-refused');
  refuse = false;
  await ada.page.getByRole('button', { name: 'Send again' }).click();
  await ada.isDelivered('Now or later');
  await ben.sees('Now or later');
});

it('a policy keeps foreign script out of the page', async () => {
  const ada = await arrive('Ada', server.address);
  const policy = await ada.page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect(await ada.page.locator('script:not([src]), [style], [onclick]').count()).toBe(0);
});
