import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DemoServer } from './server';
import { desktop, phone, startBrowser, Visitor } from './visitor';

let server: DemoServer;
let browser: Browser;
let ada: Visitor;
let ben: Visitor;
let chiara: Visitor;
const everybody = () => [ada, ben, chiara];

beforeAll(async () => {
  [server, browser] = await Promise.all([DemoServer.start(), startBrowser()]);
  [ada, ben, chiara] = await Promise.all([
    Visitor.arrive(browser, 'Ada Martin', desktop),
    Visitor.arrive(browser, 'Ben', phone),
    Visitor.arrive(browser, 'Chiara Rossi', { ...desktop, colorScheme: 'dark' }),
  ]);
});

afterAll(async () => {
  for (const visitor of everybody()) expect(visitor?.faults).toEqual([]);
  await browser?.close();
  await server?.kill();
});

async function pictures(scene: string): Promise<void> {
  await ada.picture(`chat-${scene}-desktop`);
  await ben.picture(`chat-${scene}-phone`);
  await chiara.picture(`chat-${scene}-dark`);
  expect(await ben.sidewaysScroll(), `px the phone can be scrolled sideways: ${scene}`).toBe(0);
}

async function openAll(address: string): Promise<void> {
  await Promise.all(everybody().map((visitor) => visitor.open(address)));
}

async function said(who: Visitor, text: string): Promise<void> {
  await who.say(text);
  await Promise.all(everybody().map((visitor) => visitor.sees(text)));
}

it('the start page', async () => {
  await openAll(server.address);
  await pictures('start');
});

it('an empty room', async () => {
  await openAll(`${server.address}#/tea`);
  await Promise.all(everybody().map(({ page }) => page.getByText('Messages appear here from now on', { exact: false }).waitFor()));
  await pictures('empty');
});

it('a conversation', async () => {
  await said(ada, 'Morning! The kettle is on.');
  await said(chiara, 'Buongiorno. Earl Grey or something serious?');
  await said(chiara, 'I brought biscotti.');
  await said(ben, 'Serious, please. Two cups.');
  await said(ada, 'On it. The recipe from last week: https://example.org/tea/masala-chai');
  await said(ada, 'Ten minutes?');
  await said(ben, 'Make it five: the release call is at eleven and I want to read the notes first. Are they in the usual place?');
  await said(chiara, 'They moved with the rest of the docs. I will send you the link.');
  await chiara.field.pressSequentially('https');
  await ada.page.getByText('Chiara Rossi is typing').waitFor();
  await ben.page.getByText('Chiara Rossi is typing').waitFor();
  await pictures('room');
  await chiara.field.fill('');
});

it('a server that was stopped', async () => {
  await server.stop();
  await Promise.all(everybody().map((visitor) => visitor.hasState('waiting')));
  await ada.say('Is anybody there?');
  await ben.say('I will write it down anyway.');
  await ada.isDelivered('Is anybody there?', 'waiting');
  await ben.isDelivered('I will write it down anyway.', 'waiting');
  // A moment with some seconds to count down, not the last instant before an attempt.
  await Promise.all(everybody().map(({ page }) => page.waitForFunction(() => {
    const state = document.querySelector('.room [data-state]')?.textContent ?? '';
    return Number(/Retrying in (\d+) s/.exec(state)?.[1] ?? 0) >= 3;
  })));
  await pictures('retrying');
});

it('a server that is back', async () => {
  await server.start();
  await Promise.all(everybody().map((visitor) => visitor.retryNow()));
  await ada.isDelivered('Is anybody there?');
  await ben.isDelivered('I will write it down anyway.');
  await pictures('back');
});

it('words and names that are too long', async () => {
  const name = 'W'.repeat(32);
  const long = await Visitor.arrive(browser, name, phone);
  await Promise.all([long, ada, ben].map((visitor) => visitor.open(`${server.address}#/${'w'.repeat(40)}`)));
  for (const text of ['x'.repeat(400), `https://example.org/${'path/'.repeat(60)}`, `Zalgo${'\u0301\u0300\u0323'.repeat(20)} stays in his message`]) {
    await long.say(text);
    await ben.sees(text);
  }
  expect(await long.sidewaysScroll()).toBe(0);
  expect(await ben.sidewaysScroll()).toBe(0);
  await ben.picture('chat-long-phone');
  await ada.picture('chat-long-desktop');
});

it('the name dialog', async () => {
  await ada.page.getByRole('button', { name: 'Change name' }).click();
  await ada.page.getByLabel('Your name', { exact: true }).waitFor();
  await ada.picture('chat-name-desktop');
});
