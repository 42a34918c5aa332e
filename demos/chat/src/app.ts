import type { Centrifuge } from 'centrifuge';
import type { Me } from './people/me';
import { channelOfRoom, cleanRoomName, linkToRoom, roomInAddress } from './room/name';
import { type RoomSurroundings, RoomSession } from './room/session';
import { suggestedRooms } from './room/suggestions';
import { pageTitle } from './unread';
import { find } from './view/dom';
import { RoomView } from './view/room-view';
import { RoomLinks, showRoomCards } from './view/rooms-list';

/** A room that was opened in this window; it stays joined while others are looked at. */
interface OpenRoom {
  readonly session: RoomSession;
  unread: number;
  draft: string;
}

/** Rooms joined at the same time; the one opened longest ago is left first. */
const openRoomsMax = 12;

/** Follows the address: the start page without a room, else the room it names. */
export class App {
  readonly #frame = find(document, '#app');
  readonly #links = new RoomLinks();
  readonly #view: RoomView;
  readonly #open = new Map<string, OpenRoom>();
  #current: OpenRoom | null = null;

  constructor(
    private readonly client: Centrifuge,
    private readonly me: Me,
    private readonly surroundings: RoomSurroundings,
  ) {
    this.#view = new RoomView(() => this.#markRead());
    showRoomCards();
    for (const form of document.querySelectorAll<HTMLFormElement>('[data-open-room]')) {
      form.addEventListener('submit', (event) => this.#openTyped(event, form));
    }
    addEventListener('hashchange', () => this.#follow());
    addEventListener('focus', () => this.#markRead());
    document.addEventListener('visibilitychange', () => this.#markRead());
    this.#follow();
  }

  #follow(): void {
    const room = roomInAddress(new URL(location.href));
    if (room !== null && location.hash !== linkToRoom(room)) {
      // One address per room, so that a link copied from the address bar is the short one.
      history.replaceState(null, '', `${location.pathname}${linkToRoom(room)}`);
    }
    if (this.#current !== null) this.#current.draft = this.#view.draft;
    this.#current = room === null ? null : this.#roomNamed(room);
    this.#frame.dataset['view'] = room === null ? 'start' : 'room';
    if (this.#current !== null) this.#view.open(this.#current.session, this.#current.draft);
    this.#markRead();
  }

  #openTyped(event: SubmitEvent, form: HTMLFormElement): void {
    event.preventDefault();
    const input = find<HTMLInputElement>(form, 'input');
    const room = cleanRoomName(input.value);
    form.querySelector('[data-hint]')?.classList.toggle('new-room__hint--wrong', room === '');
    if (room === '') {
      input.focus();
      return;
    }
    input.value = '';
    location.hash = linkToRoom(room);
  }

  #roomNamed(name: string): OpenRoom {
    const open = this.#open.get(name);
    if (open !== undefined) return open;
    if (this.#open.size >= openRoomsMax) this.#leaveOldest();
    const subscription = this.client.newSubscription(channelOfRoom(name));
    const isCurrent = () => this.#current?.session.room === name;
    const session = new RoomSession(name, subscription, this.me, this.surroundings, {
      changed: () => isCurrent() && this.#view.refresh(),
      typingChanged: () => isCurrent() && this.#view.showTyping(),
      messageCame: () => this.#countUnread(name),
    });
    const room: OpenRoom = { session, unread: 0, draft: '' };
    this.#open.set(name, room);
    return room;
  }

  #leaveOldest(): void {
    for (const [name, { session }] of this.#open) {
      if (session.timeline.waiting.length > 0) continue; // leaving would lose what waits there
      session.leave();
      this.client.removeSubscription(this.client.getSubscription(channelOfRoom(name)));
      this.#open.delete(name);
      return;
    }
  }

  #countUnread(name: string): void {
    const room = this.#open.get(name);
    if (room === undefined) return;
    room.unread += 1;
    this.#markRead();
  }

  /** Takes the messages in sight as read, and shows what is left unread everywhere it is shown. */
  #markRead(): void {
    const looking = document.visibilityState === 'visible' && document.hasFocus();
    if (this.#current !== null && looking && this.#view.atEnd) this.#current.unread = 0;
    const unread = [...this.#open.values()].reduce((sum, room) => sum + room.unread, 0);
    document.title = pageTitle(this.#current?.session.room ?? null, unread);
    this.#view.showNew(this.#current?.unread ?? 0);
    const names = new Set([...suggestedRooms.map(({ name }) => name), ...this.#open.keys()]);
    this.#links.show([...names].map((room) => ({
      room, current: room === this.#current?.session.room, unread: this.#open.get(room)?.unread ?? 0,
    })));
  }
}
