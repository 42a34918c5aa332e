import { linkToRoom } from '../room/name';
import type { RoomSession } from '../room/session';
import { typingSentence } from '../room/typing';
import { Composer } from './composer';
import { find, setText } from './dom';
import { MessageList } from './message-list';
import { EndKeeper } from './scroll';

/** Shows one room at a time. */
export class RoomView {
  readonly #root = find(document, '#room');
  readonly #empty = find(this.#root, '[data-empty]');
  readonly #pill = find(this.#root, '[data-new-pill]');
  readonly #typing = find(this.#root, '[data-typing]');
  readonly #refusedBar = find(this.#root, '[data-refused-bar]');
  readonly #shareLabel = find(this.#root, '[data-share-label]');
  readonly #end: EndKeeper;
  readonly #list: MessageList;
  readonly #composer: Composer;
  #session: RoomSession | null = null;
  #frame = 0;

  constructor(reachedEnd: () => void) {
    this.#end = new EndKeeper(find(this.#root, '[data-scroll]'), find(this.#root, '[data-entries]'), reachedEnd);
    this.#list = new MessageList(find(this.#root, '[data-entries]'), {
      sayAgain: (id) => this.#session?.sayAgain(id),
      discard: (id) => this.#session?.discard(id),
    });
    this.#composer = new Composer(find<HTMLFormElement>(this.#root, '[data-composer]'), {
      say: (text) => this.#say(text),
      typed: () => this.#session?.typed(),
    });
    this.#pill.addEventListener('click', () => {
      this.#end.goToEnd();
      this.#composer.focus();
    });
    find(this.#root, '[data-share]').addEventListener('click', () => void this.#share());
    this.#makeRefusedBar();
  }

  get atEnd(): boolean {
    return this.#end.atEnd;
  }

  get draft(): string {
    return this.#composer.draft;
  }

  /** Turns to another room. */
  open(session: RoomSession, draft: string): void {
    this.#session = session;
    this.#list.clear();
    for (const name of this.#root.querySelectorAll('[data-room-name]')) setText(name, session.room);
    this.#root.setAttribute('aria-label', `Room ${session.room}`);
    find<HTMLAnchorElement>(this.#root, '[data-second-window]').href = linkToRoom(session.room);
    this.#composer.draft = draft;
    this.#show();
    this.showTyping();
    this.#end.goToEnd();
    // On a phone the keyboard would cover the room that was just opened.
    if (matchMedia('(hover: hover)').matches) this.#composer.focus();
  }

  /** Shows what has changed with the next frame: many messages in one moment are one piece of work. */
  refresh(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#show();
    });
  }

  showNew(unread: number): void {
    this.#pill.hidden = unread === 0 || this.#end.atEnd;
    setText(find(this.#pill, '[data-new-count]'), unread === 1 ? '1 new message' : `${unread} new messages`);
  }

  showTyping(): void {
    const sentence = typingSentence(this.#session?.typists.names ?? []);
    this.#typing.toggleAttribute('data-shown', sentence !== '');
    if (sentence !== '') setText(find(this.#typing, '[data-typing-text]'), sentence); // the old words fade out
    this.#typing.setAttribute('aria-hidden', String(sentence === ''));
  }

  #show(): void {
    const session = this.#session;
    if (session === null) return;
    const { entries } = session.timeline;
    const refusal = session.status.kind === 'refused' ? session.status.reason : null;
    this.#empty.hidden = refusal !== null || entries.some((entry) => entry.kind === 'message');
    this.#list.show(entries);
    this.#refusedBar.hidden = refusal === null;
    setText(find(this.#refusedBar, '[data-text]'), `You cannot join this room. ${refusal ?? ''}`);
    if (this.#end.atEnd) this.#end.goToEnd();
  }

  #say(text: string): string | null {
    if (this.#session?.say(text) === 'too many unsent') return 'Too many messages wait already. Send or remove some first.';
    this.#end.goToEnd();
    return null;
  }

  #makeRefusedBar(): void {
    this.#refusedBar.classList.add('notice-bar--bad');
    const text = document.createElement('span');
    text.dataset['text'] = '';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'notice-bar__button';
    button.textContent = 'Try again';
    button.addEventListener('click', () => this.#session?.tryAgain());
    this.#refusedBar.append(text, button);
  }

  async #share(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.#shareLabel.textContent = 'Copied';
      setTimeout(() => (this.#shareLabel.textContent = 'Copy link'), 2000);
    } catch {
      // Without a secure origin, or without permission, there is no clipboard.
      window.prompt('The link to this room', location.href);
    }
  }
}
