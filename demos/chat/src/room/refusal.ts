const sentences: Readonly<Record<number, string>> = {
  1: 'The server did not answer in time.',
  100: 'The server had a problem of its own.',
  101: 'You are not signed in.',
  102: 'The server knows no such room.',
  103: 'That is not allowed here.',
  106: 'You are in too many rooms.',
  107: 'The server did not understand this.',
  108: 'The server does not offer this.',
  111: 'Too fast: the server asks for a little patience.',
};

/** Says for people why the server refused, from the protocol's code and its own words for it. */
export function refusalOf(code: number, words: string): string {
  return sentences[code] ?? (words === '' ? 'The server refused it.' : `The server refused it: ${words} (${code}).`);
}
