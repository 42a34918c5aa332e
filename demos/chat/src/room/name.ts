/** The longest room name, in characters. */
export const roomNameMax = 40;

/** Turns what somebody typed into a room name: ASCII letters, digits, `-` and `_`; empty when nothing usable is left. */
export function cleanRoomName(typed: string): string {
  return typed
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '') // é has become e and an accent: keep the letter
    .trim()
    .replace(/[\s./]+/g, '-')
    .replace(/[^A-Za-z0-9_-]/g, '')
    .replace(/-{2,}/g, '-')
    .replace(/^-+/, '')
    .slice(0, roomNameMax)
    .replace(/-+$/, '');
}

/** The room an address names, as `#/tea` or `?room=tea`; null when it names none. */
export function roomInAddress(address: URL): string | null {
  const named = address.hash.startsWith('#/') ? address.hash.slice(2) : (address.searchParams.get('room') ?? '');
  return cleanRoomName(decodeLeniently(named)) || null;
}

/** The link to a room, relative to the page; to the start without one. */
export function linkToRoom(room: string | null): string {
  return room === null ? '#/' : `#/${room}`;
}

export function channelOfRoom(room: string): string {
  return `chat:${room}`;
}

function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % is no reason to lose the rest of the name
  }
}
