/** The page's title: how many messages came unseen, the room, the product. */
export function pageTitle(room: string | null, unread: number): string {
  const name = room === null ? 'Starling chat' : `${room} · Starling chat`;
  if (unread === 0) return name;
  return `(${unread > 99 ? '99+' : unread}) ${name}`;
}
