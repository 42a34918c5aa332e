/** Rooms to begin with, for those who come without a link. */
export const suggestedRooms: readonly { readonly name: string; readonly about: string }[] = [
  { name: 'tea', about: 'Five minutes off' },
  { name: 'ideas', about: 'Half-baked is fine here' },
  { name: 'launch', about: 'Who ships what, when' },
  { name: 'help', about: 'Ask, somebody knows' },
];
