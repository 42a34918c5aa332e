/** The longest name of a person, in code points. */
export const personNameMax = 32;

const moods = [
  'Amber', 'Brave', 'Calm', 'Clever', 'Coral', 'Curious', 'Gentle', 'Golden', 'Happy', 'Kind',
  'Lucky', 'Merry', 'Misty', 'Nimble', 'Quiet', 'Rosy', 'Silver', 'Sunny', 'Swift', 'Velvet',
];
const birds = [
  'Bunting', 'Crane', 'Curlew', 'Dipper', 'Dove', 'Finch', 'Heron', 'Kestrel', 'Kite', 'Lark',
  'Linnet', 'Martin', 'Oriole', 'Plover', 'Puffin', 'Robin', 'Siskin', 'Swallow', 'Wagtail', 'Wren',
];

/** A friendly name for somebody who has not given one, such as "Quiet Heron". */
export function inventName(random: () => number): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? words[0];
  return `${pick(moods)} ${pick(birds)}`;
}

/**
 * Makes a name safe to show beside others: one line, no control characters and none of the invisible ones
 * that turn the reading direction around or make two names look alike. Empty when nothing is left.
 */
export function cleanName(typed: string): string {
  const visible = typed
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .replace(/(?!\u200d)[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '') // U+200D joins emoji
    .trim();
  return [...visible].slice(0, personNameMax).join('').trim();
}

/** One or two letters that stand for a name. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s_-]+/).filter(Boolean);
  const first = [...(words[0] ?? '')][0] ?? '?';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toLocaleUpperCase();
}

/** One of the avatar colours, 0 up to but not including {@link avatarColours}; the same for the same name everywhere. */
export function avatarColourOf(name: string): number {
  let hash = 0x811c9dc5; // FNV-1a
  for (const unit of name) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % avatarColours;
}

/** How many avatar colours the style sheet has. */
export const avatarColours = 10;
