import { linkToRoom } from '../room/name';
import { suggestedRooms } from '../room/suggestions';
import { find, setChildren, setText, stamp } from './dom';

/** The cards of the start page. */
export function showRoomCards(): void {
  find(document, '#room-cards').replaceChildren(...suggestedRooms.map(({ name, about }) => {
    const card = stamp('room-card-template');
    find<HTMLAnchorElement>(card, '[data-link]').href = linkToRoom(name);
    find(card, '[data-name]').textContent = name;
    find(card, '[data-about]').textContent = about;
    return card;
  }));
}

export interface RoomLink {
  readonly room: string;
  readonly current: boolean;
  readonly unread: number;
}

/** The rooms at the side of a room: those one is in, with what is unread there, and the suggested ones. */
export class RoomLinks {
  readonly #list = find(document, '#room-links');
  readonly #items = new Map<string, HTMLElement>();

  show(rooms: readonly RoomLink[]): void {
    setChildren(this.#list, rooms.map((room) => this.#item(room)));
  }

  #item({ room, current, unread }: RoomLink): HTMLElement {
    const item = this.#items.get(room) ?? stamp('room-link-template');
    this.#items.set(room, item);
    const link = find<HTMLAnchorElement>(item, '[data-link]');
    link.href = linkToRoom(room);
    if (current) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
    setText(find(item, '[data-name]'), room);
    const badge = find(item, '[data-unread]');
    badge.hidden = unread === 0;
    setText(badge, unread > 99 ? '99+' : `${unread}`);
    badge.setAttribute('aria-label', `${unread} unread`);
    return item;
  }
}
