import type { PublicationContext, Subscription } from 'centrifuge';
import type { Me } from '../people/me';
import { type MessageEvent, readRoomEvent, type TypingEvent } from './events';
import { refusalOf } from './refusal';
import { type Message, Timeline } from './timeline';
import { TypingSignal, Typists } from './typing';

/** The part of the SDK's subscription that a room uses. */
export type RoomSubscription = Pick<Subscription, 'on' | 'subscribe' | 'unsubscribe' | 'publish' | 'removeAllListeners'>;

export interface RoomSurroundings {
  now(): number;
  newId(): string;
}

/** `joining` until the server has answered, and again while the connection is lost. */
export type RoomStatus =
  | { readonly kind: 'joining' }
  | { readonly kind: 'live' }
  | { readonly kind: 'refused'; readonly reason: string };

/** What a room tells its watcher. */
export interface RoomWatcher {
  /** Entries, their delivery or the status have changed. */
  changed(): void;
  typingChanged(): void;
  /** Somebody else has written. */
  messageCame(message: MessageEvent): void;
}

/** One room as one window takes part in it, from joining to leaving. */
export class RoomSession {
  readonly timeline = new Timeline();
  readonly typists: Typists;
  readonly #typingSignal: TypingSignal;
  #status: RoomStatus = { kind: 'joining' };
  /** The notice of the last lost connection. */
  #gap = '';

  constructor(
    readonly room: string,
    private readonly subscription: RoomSubscription,
    private readonly me: Me,
    private readonly surroundings: RoomSurroundings,
    private readonly watcher: RoomWatcher,
  ) {
    this.typists = new Typists(me.window, () => watcher.typingChanged());
    this.#typingSignal = new TypingSignal(surroundings.now, () => this.#sendTypingSign());
    subscription.on('subscribed', ({ recovered }) => this.#joined(recovered));
    subscription.on('subscribing', () => this.#lost());
    subscription.on('unsubscribed', ({ code, reason }) => {
      if (code !== 0) this.#enter({ kind: 'refused', reason: refusalOf(code, reason) }); // 0: our own leave()
    });
    subscription.on('publication', (publication) => this.#received(publication));
    subscription.subscribe();
  }

  get status(): RoomStatus {
    return this.#status;
  }

  /** Shows the text as a message at once and sends it now or, without a connection, when there is one again. */
  say(text: string): 'accepted' | 'too many unsent' {
    if (!this.timeline.hasRoomForMore) return 'too many unsent';
    const { now, newId } = this.surroundings;
    const event: MessageEvent = { t: 'msg', id: newId(), name: this.me.name, text, at: now() };
    const message = this.timeline.write(event, this.me.window);
    this.#typingSignal.done();
    this.watcher.changed();
    this.#send(message);
    return 'accepted';
  }

  /** Tries a refused message again, as the same message: should it have arrived after all, nobody sees it twice. */
  sayAgain(id: string): void {
    this.timeline.wait(id);
    this.watcher.changed();
    this.#sendWaiting();
  }

  discard(id: string): void {
    this.timeline.discard(id);
    this.watcher.changed();
  }

  /** A key was pressed in the message field. */
  typed(): void {
    if (this.#status.kind === 'live') this.#typingSignal.typed();
  }

  /** Asks the server again after it has refused the room. */
  tryAgain(): void {
    this.subscription.subscribe();
  }

  leave(): void {
    this.typists.clear();
    this.subscription.unsubscribe();
    this.subscription.removeAllListeners();
  }

  #joined(recovered: boolean): void {
    if (recovered) this.timeline.withdrawNotice(this.#gap); // the server kept what was missed, and sends it next
    this.#enter({ kind: 'live' });
    this.#sendWaiting();
  }

  #lost(): void {
    const { now, newId } = this.surroundings;
    if (this.#status.kind === 'live') {
      this.#gap = newId();
      this.timeline.notice(this.#gap, 'The connection was lost here. What others wrote meanwhile is not kept.', now());
    }
    this.typists.clear();
    this.#enter({ kind: 'joining' });
  }

  #received({ data, info }: PublicationContext): void {
    const event = readRoomEvent(data, this.surroundings.now());
    if (event?.t === 'typing') this.typists.sign(event.who, event.name);
    if (event?.t === 'msg') this.#receivedMessage(event, `${info?.client ?? ''} ${event.name}`);
  }

  #receivedMessage(event: MessageEvent, author: string): void {
    const outcome = this.timeline.receive(event, author);
    if (outcome === 'duplicate') return;
    if (outcome === 'new') {
      this.typists.wrote(event.name);
      this.watcher.messageCame(event);
    }
    this.watcher.changed();
  }

  #sendWaiting(): void {
    for (const message of this.timeline.waiting) this.#send(message);
  }

  #send(message: Message): void {
    if (this.#status.kind !== 'live') return;
    const { id, name, text, at } = message;
    this.timeline.send(id);
    this.watcher.changed();
    void this.subscription.publish({ t: 'msg', id, name, text, at } satisfies MessageEvent).then(
      () => this.timeline.confirm(id),
      (error: unknown) => this.#notSent(id, error),
    ).then(() => this.watcher.changed());
  }

  #notSent(id: string, error: unknown): void {
    const { code, message } = error as { code?: number; message?: string };
    if (code !== undefined && connectionBroke.has(code)) {
      this.timeline.wait(id);
      this.#sendWaiting(); // the room may be live again by the time this is told
    } else {
      this.timeline.refuse(id, refusalOf(code ?? 0, message ?? ''));
    }
  }

  #sendTypingSign(): void {
    const event: TypingEvent = { t: 'typing', name: this.me.name, who: this.me.window };
    // Nobody misses a sign that was lost; the next key sends another.
    this.subscription.publish(event).catch(() => undefined);
  }

  #enter(status: RoomStatus): void {
    this.#status = status;
    this.watcher.changed();
  }
}

/** The SDK's codes for "the connection went away under the command": 2, 3, 4, 10 and 11 of its error codes. */
const connectionBroke: ReadonlySet<number> = new Set([2, 3, 4, 10, 11]);
