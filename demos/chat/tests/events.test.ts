import { describe, expect, it } from 'vitest';
import { messageTextMax, readRoomEvent } from '../src/room/events';
import { refusalOf } from '../src/room/refusal';
import { pageTitle } from '../src/unread';

const now = 1_700_000_000_000;
const read = (data: unknown) => readRoomEvent(data, now);

describe('what comes through the channel', () => {
  it('is read as a message', () => {
    const event = { t: 'msg', id: 'a', name: 'Ada', text: 'Hello', at: now - 5 };
    expect(read(event)).toEqual(event);
  });

  it('is read as a sign of typing', () => {
    expect(read({ t: 'typing', name: 'Ada', who: 'w1' })).toEqual({ t: 'typing', name: 'Ada', who: 'w1' });
  });

  it.each([
    null, undefined, 7, 'text', [], {}, { t: 'other' }, { t: 'msg' }, { t: 'msg', id: 'a', text: '' }, { t: 'msg', id: 'a', text: '  ' },
    { t: 'msg', id: '', text: 'x' }, { t: 'msg', id: 'a'.repeat(65), text: 'x' }, { t: 'msg', id: 1, text: 'x' },
    { t: 'msg', id: 'a', text: { toString: 'x' } }, { t: 'typing' }, { t: 'typing', who: 3 },
  ])('is ignored when it is %j', (data) => expect(read(data)).toBeNull());

  it('has a name even when it came without one', () => {
    expect(read({ t: 'msg', id: 'a', text: 'x', name: { evil: true } })).toMatchObject({ name: 'Somebody' });
    expect(read({ t: 'msg', id: 'a', text: 'x', name: '\u202E' })).toMatchObject({ name: 'Somebody' });
  });

  it('is cut to the longest text', () => {
    expect(read({ t: 'msg', id: 'a', text: 'x'.repeat(messageTextMax + 1) })).toMatchObject({ text: 'x'.repeat(messageTextMax) });
  });

  it.each([now - 3_600_000, now + 3_600_000, Number.NaN, 'yesterday', undefined])(
    'has the time of arrival when it claims to be from %j', (at) => expect(read({ t: 'msg', id: 'a', text: 'x', at })).toMatchObject({ at: now }));
});

describe('a refusal', () => {
  it('is a sentence for people', () => {
    expect(refusalOf(111, 'too many requests')).toBe('Too fast: the server asks for a little patience.');
    expect(refusalOf(1234, 'not on Sundays')).toBe('The server refused it: not on Sundays (1234).');
    expect(refusalOf(0, '')).toBe('The server refused it.');
  });
});

describe('the title', () => {
  it.each([
    [null, 0, 'Starling chat'],
    ['tea', 0, 'tea · Starling chat'],
    ['tea', 3, '(3) tea · Starling chat'],
    ['tea', 100, '(99+) tea · Starling chat'],
  ])('for the room %j with %i unread is %j', (room, unread, title) => expect(pageTitle(room, unread)).toBe(title));
});
