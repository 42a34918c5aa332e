import { cleanName } from '../people/name';

/** The longest message, in characters. */
export const messageTextMax = 2000;

/** Somebody wrote something. */
export interface MessageEvent {
  readonly t: 'msg';
  /** Made by the writer; the same message sent twice has the same one. */
  readonly id: string;
  readonly name: string;
  readonly text: string;
  /** When it was written, ms since 1970 by the writer's clock. */
  readonly at: number;
}

/** Somebody is typing. */
export interface TypingEvent {
  readonly t: 'typing';
  readonly name: string;
  /** The window in which somebody types; see `Me.window`. */
  readonly who: string;
}

export type RoomEvent = MessageEvent | TypingEvent;

/**
 * Reads what came through the channel. Anybody may publish anything there, so nothing is taken for granted.
 * @returns null for what is not an event of this chat.
 */
export function readRoomEvent(data: unknown, now: number): RoomEvent | null {
  if (typeof data !== 'object' || data === null) return null;
  const fields = data as Record<string, unknown>;
  const name = (typeof fields['name'] === 'string' && cleanName(fields['name'].slice(0, 200))) || 'Somebody';
  if (fields['t'] === 'msg') {
    const { id, text } = fields;
    if (!isShortText(id) || typeof text !== 'string' || text.trim() === '') return null;
    return { t: 'msg', id, name, text: text.slice(0, messageTextMax), at: believableTime(fields['at'], now) };
  }
  if (fields['t'] === 'typing') {
    return isShortText(fields['who']) ? { t: 'typing', name, who: fields['who'] } : null;
  }
  return null;
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 64;
}

/** The writer's time unless its clock is off by more than two minutes, or the message waited that long. */
function believableTime(at: unknown, now: number): number {
  return typeof at === 'number' && Math.abs(at - now) <= 120_000 ? at : now;
}
