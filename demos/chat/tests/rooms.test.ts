import { describe, expect, it } from 'vitest';
import { channelOfRoom, cleanRoomName, linkToRoom, roomInAddress } from '../src/room/name';

describe('a room name', () => {
  it.each([
    ['tea', 'tea'],
    ['  Friday lunch ', 'Friday-lunch'],
    ['café & crème', 'cafe-creme'],
    ['a_b-C9', 'a_b-C9'],
    ['--a---b--', 'a-b'],
    ['ops/on.call', 'ops-on-call'],
    ['<script>alert(1)</script>', 'scriptalert1-script'],
    ['a:b*c#d$', 'abcd'],
    ['日本', ''],
    ['', ''],
    ['x'.repeat(80), 'x'.repeat(40)],
    [`${'x'.repeat(39)} yz`, 'x'.repeat(39)],
  ])('made of %j is %j', (typed, name) => expect(cleanRoomName(typed)).toBe(name));

  it('stays the same when cleaned twice', () => {
    const once = cleanRoomName(' Ünïcode / & friends -- ');
    expect(cleanRoomName(once)).toBe(once);
  });
});

describe('an address', () => {
  it.each([
    ['http://host/#/tea', 'tea'],
    ['http://host/?room=tea', 'tea'],
    ['http://host/chat/?room=coffee#/tea', 'tea'],
    ['http://host/#/Friday%20lunch', 'Friday-lunch'],
    ['http://host/#/100%', '100'],
    ['http://host/', null],
    ['http://host/#/', null],
    ['http://host/#tea', null],
    ['http://host/?room=%3C%3E', null],
  ])('%s names the room %j', (address, room) => expect(roomInAddress(new URL(address))).toBe(room));

  it('made for a room names that room', () => {
    expect(roomInAddress(new URL(linkToRoom('tea'), 'http://host/chat/'))).toBe('tea');
    expect(roomInAddress(new URL(linkToRoom(null), 'http://host/chat/'))).toBeNull();
  });

  it('leads to a channel of the namespace chat', () => expect(channelOfRoom('tea')).toBe('chat:tea'));
});
