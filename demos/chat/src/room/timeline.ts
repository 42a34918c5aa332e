import type { MessageEvent } from './events';

/**
 * Where a message of one's own stands. `waiting`: not sent, there is no connection; `sending`: sent, no answer
 * yet; `sent`: the server has accepted it; `refused`: it has not. Messages of others are `sent`.
 */
export type Delivery = 'waiting' | 'sending' | 'sent' | 'refused';

export interface Message {
  readonly kind: 'message';
  readonly id: string;
  readonly mine: boolean;
  /** Who wrote it: a name alone can be borne by two people. */
  readonly author: string;
  readonly name: string;
  readonly text: string;
  readonly at: number;
  delivery: Delivery;
  /** Why it was refused, for people to read. */
  reason: string | null;
}

/** Something the room says itself. */
export interface Notice {
  readonly kind: 'notice';
  readonly id: string;
  readonly text: string;
  readonly at: number;
}

export type Entry = Message | Notice;

/** What one window shows of one room: entries in the order they came, each message once. Bounded. */
export class Timeline {
  readonly #entries: Entry[] = [];
  /** Ids that were shown, oldest first, so that a message sent again after a lost connection is not shown twice. */
  readonly #seen = new Set<string>();
  readonly #mine = new Map<string, Message>();

  constructor(
    readonly entriesMax = 500,
    /** Own messages that may wait or be refused at one time. */
    readonly unsentMax = 50,
  ) {}

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Own messages that have not reached the server, oldest first. */
  get waiting(): Message[] {
    return [...this.#mine.values()].filter((message) => message.delivery === 'waiting');
  }

  get hasRoomForMore(): boolean {
    return this.#mine.size < this.unsentMax;
  }

  /** Shows one's own message at once, before it has been sent. */
  write(event: MessageEvent, author: string): Message {
    const message: Message = {
      kind: 'message', mine: true, author, id: event.id, name: event.name, text: event.text, at: event.at,
      delivery: 'waiting', reason: null,
    };
    this.#mine.set(message.id, message);
    this.#see(message.id);
    this.#append(message);
    return message;
  }

  /** Takes in a message from the channel. The echo of one's own confirms it. */
  receive(event: MessageEvent, author: string): 'new' | 'confirmed' | 'duplicate' {
    if (this.#mine.has(event.id)) {
      this.confirm(event.id);
      return 'confirmed';
    }
    if (this.#seen.has(event.id)) return 'duplicate';
    this.#see(event.id);
    this.#append({
      kind: 'message', mine: false, author, id: event.id, name: event.name, text: event.text, at: event.at,
      delivery: 'sent', reason: null,
    });
    return 'new';
  }

  /** Adds a notice, unless it would only repeat the one before it. */
  notice(id: string, text: string, at: number): void {
    const last = this.#entries.at(-1);
    if (last?.kind === 'notice' && last.text === text) return;
    this.#append({ kind: 'notice', id, text, at });
  }

  /** Takes a notice back that has turned out not to be true. */
  withdrawNotice(id: string): void {
    const index = this.#entries.findIndex((entry) => entry.kind === 'notice' && entry.id === id);
    if (index >= 0) this.#entries.splice(index, 1);
  }

  /** The message is on its way. */
  send(id: string): void {
    this.#move(id, 'sending');
  }

  /** The server has it. Comes twice, with the answer and with the echo, in any order. */
  confirm(id: string): void {
    this.#move(id, 'sent');
    this.#mine.delete(id);
  }

  /** The connection broke before the answer: whether the message arrived is not known, so it is sent again. */
  wait(id: string): void {
    this.#move(id, 'waiting');
  }

  refuse(id: string, reason: string): void {
    this.#move(id, 'refused', reason);
  }

  /** Takes back a message that was not sent. */
  discard(id: string): void {
    const message = this.#mine.get(id);
    if (message === undefined || message.delivery === 'sending') return;
    this.#mine.delete(id);
    this.#entries.splice(this.#entries.indexOf(message), 1);
  }

  #move(id: string, delivery: Delivery, reason: string | null = null): void {
    const message = this.#mine.get(id);
    if (message === undefined) return;
    message.delivery = delivery;
    message.reason = reason;
  }

  #append(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length <= this.entriesMax) return;
    // An unsent message stays: to drop it would lose it without a word. `unsentMax` keeps these few.
    const oldest = this.#entries.findIndex((candidate) => !this.#mine.has(candidate.id));
    if (oldest >= 0) this.#entries.splice(oldest, 1);
  }

  #see(id: string): void {
    this.#seen.add(id);
    if (this.#seen.size <= this.entriesMax * 4) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      return;
    }
  }
}
