import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Entry, Message } from '../src/room/timeline';
import { MessageList } from '../src/view/message-list';

const hostile = [
  '<script>globalThis.hacked = true</script>',
  '<img src=x onerror="globalThis.hacked = true">',
  '<svg/onload=globalThis.hacked=true>',
  '"><b>bold</b>',
  '&lt;script&gt;',
  'https://example.org/"onmouseover="globalThis.hacked=true',
  '[x](javascript:globalThis.hacked=true)',
  '<a href="javascript:globalThis.hacked=true">x</a>',
  '</li></ol><h1>broken out</h1>',
  '{{constructor.constructor("globalThis.hacked=true")()}}',
];

let list: HTMLElement;
let shown: MessageList;

const message = (fields: Partial<Message>): Message => ({
  kind: 'message', id: 'a', mine: false, author: 'ada', name: 'Ada', text: 'Hello', at: 1000, delivery: 'sent', reason: null, ...fields,
});

beforeEach(() => {
  document.documentElement.innerHTML = readFileSync('index.html', 'utf8').replace(/<script[^]*?<\/script>|<link[^>]*>/g, '');
  list = document.querySelector<HTMLElement>('[data-entries]')!;
  shown = new MessageList(list, { sayAgain: () => undefined, discard: () => undefined });
});

describe('what people type', () => {
  it.each(hostile)('%s is shown as the text it is', (text) => {
    shown.show([message({ text, name: text, mine: false })]);
    expect(list.querySelector('[data-text]')?.textContent).toBe(text);
    expect(list.querySelector('[data-name]')?.textContent).toBe(text);
    expect(list.querySelectorAll('script, img, svg, b, h1')).toHaveLength(0);
    for (const link of list.querySelectorAll('a')) expect(link.href).toMatch(/^https?:/);
    for (const element of list.querySelectorAll('*')) {
      for (const { name } of element.attributes) expect(name.startsWith('on')).toBe(false);
    }
    expect('hacked' in globalThis).toBe(false);
  });

  it('gets links that tell nobody where one came from', () => {
    shown.show([message({ text: 'see https://example.org/a' })]);
    const link = list.querySelector('a');
    expect(link?.rel).toContain('noopener');
    expect(link?.rel).toContain('noreferrer');
    expect(link?.target).toBe('_blank');
  });
});

describe('the list', () => {
  const groups = () => [...list.children].map((row) =>
    `${row.classList.contains('message--first') ? '[' : ''}${row.getAttribute('data-id') ?? '-'}${row.classList.contains('message--last') ? ']' : ''}`).join('');

  it('puts messages of one author together, until another speaks or time goes by', () => {
    const late = 1000 + 6 * 60_000;
    const entries: Entry[] = [
      message({ id: 'a' }), message({ id: 'b' }), message({ id: 'c', author: 'ben' }), message({ id: 'd' }),
      message({ id: 'e', at: late }), { kind: 'notice', id: 'n', text: 'lost', at: late }, message({ id: 'f', at: late }),
    ];
    shown.show(entries);
    expect(groups()).toBe('[ab][c][d][e]-[f]');
  });

  it('keeps the element of a message while the list around it changes', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => message({ id }));
    shown.show([a!, b!]);
    const row = list.querySelector('[data-id=b]');
    shown.show([b!, c!]);
    expect(list.querySelector('[data-id=b]')).toBe(row);
    expect(groups()).toBe('[bc]');
  });

  it('shows how a message of one’s own stands', () => {
    const own = message({ id: 'a', mine: true, delivery: 'waiting' });
    const state = () => list.querySelector('[data-delivery]:not(li)')?.textContent;
    const refused = () => list.querySelector<HTMLElement>('[data-refused]')!;
    shown.show([own]);
    expect(state()).toBe('Waiting to be sent');
    own.delivery = 'sent';
    shown.show([own]);
    expect(state()).toBe('Sent');
    expect(refused().hidden).toBe(true);
    own.delivery = 'refused';
    own.reason = '<b>no</b>';
    shown.show([own]);
    expect(refused().hidden).toBe(false);
    expect(refused().querySelector('[data-reason]')?.textContent).toBe('<b>no</b>');
  });
});
