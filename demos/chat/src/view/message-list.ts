import { splitLinks } from '../text/links';
import type { Entry, Message, Notice } from '../room/timeline';
import { showAvatar } from './avatar';
import { find, setChildren, setText, stamp } from './dom';

/** Messages of one author within this time stand together, ms. */
const togetherFor = 5 * 60_000;

export interface MessageActions {
  sayAgain(id: string): void;
  discard(id: string): void;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const fullTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** Shows the entries of a room, one element each, which is kept as long as its entry. */
export class MessageList {
  #rows = new Map<string, HTMLElement>();

  constructor(
    private readonly list: HTMLElement,
    private readonly actions: MessageActions,
  ) {}

  /** Forgets what is shown, before another room is. */
  clear(): void {
    this.#rows.clear();
    this.list.replaceChildren();
  }

  show(entries: readonly Entry[]): void {
    const rows = new Map<string, HTMLElement>();
    const newestOfMine = entries.findLast((entry) => entry.kind === 'message' && entry.mine);
    const arriving = this.#rows.size > 0 || entries.length === 1; // not the entries of a room one comes back to
    entries.forEach((entry, index) => {
      const row = this.#rows.get(entry.id) ?? this.#makeRow(entry, arriving);
      rows.set(entry.id, row);
      if (entry.kind === 'notice') return;
      row.classList.toggle('message--first', !standTogether(entries[index - 1], entry));
      row.classList.toggle('message--last', !standTogether(entry, entries[index + 1]));
      if (entry.mine) showDelivery(row, entry, entry === newestOfMine);
    });
    this.#rows = rows;
    setChildren(this.list, [...rows.values()]);
  }

  #makeRow(entry: Entry, arriving: boolean): HTMLElement {
    if (entry.kind === 'notice') return makeNotice(entry);
    const row = makeMessage(entry);
    row.classList.toggle('message--arriving', arriving);
    if (entry.mine) {
      find(row, '[data-again]').addEventListener('click', () => this.actions.sayAgain(entry.id));
      find(row, '[data-discard]').addEventListener('click', () => this.actions.discard(entry.id));
    }
    return row;
  }
}

function makeNotice(notice: Notice): HTMLElement {
  const row = stamp('notice-template');
  find(row, '[data-text]').textContent = notice.text;
  return row;
}

function makeMessage(message: Message): HTMLElement {
  const row = stamp('message-template');
  row.dataset['id'] = message.id;
  row.classList.toggle('message--mine', message.mine);
  showAvatar(find(row, '[data-avatar]'), message.name);
  find(row, '[data-name]').textContent = message.mine ? 'You' : message.name;
  showTime(find<HTMLTimeElement>(row, '[data-time]'), message.at);
  showTextWithLinks(find(row, '[data-text]'), message.text);
  return row;
}

function showTime(element: HTMLTimeElement, at: number): void {
  const date = new Date(at);
  element.textContent = clock.format(date);
  element.dateTime = date.toISOString();
  element.title = fullTime.format(date);
}

/** The only way text of others comes into the page: as text nodes, and links with an address that was checked. */
export function showTextWithLinks(element: HTMLElement, text: string): void {
  element.replaceChildren(...splitLinks(text).map((segment) => {
    if (segment.href === undefined) return document.createTextNode(segment.text);
    const link = document.createElement('a');
    link.href = segment.href;
    link.textContent = segment.text;
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow ugc';
    return link;
  }));
}

function showDelivery(row: HTMLElement, message: Message, newest: boolean): void {
  row.dataset['delivery'] = message.delivery;
  setText(find(row, '[data-delivery]'), deliveryWords(message, newest));
  find(row, '[data-refused]').hidden = message.delivery !== 'refused';
  setText(find(row, '[data-reason]'), message.reason ?? '');
}

function deliveryWords(message: Message, newest: boolean): string {
  switch (message.delivery) {
    case 'waiting': return 'Waiting to be sent';
    case 'sending': return 'Sending…';
    case 'sent': return newest ? 'Sent' : '';
    case 'refused': return '';
  }
}

function standTogether(earlier: Entry | undefined, later: Entry | undefined): boolean {
  return earlier?.kind === 'message' && later?.kind === 'message' &&
    earlier.mine === later.mine && earlier.author === later.author &&
    Math.abs(later.at - earlier.at) < togetherFor;
}
