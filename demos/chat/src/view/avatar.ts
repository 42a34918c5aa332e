import { avatarColourOf, initialsOf } from '../people/name';
import { setText } from './dom';

/** Shows a person as initials on the colour of their name. */
export function showAvatar(element: HTMLElement, name: string): void {
  setText(element, initialsOf(name));
  element.dataset['colour'] = String(avatarColourOf(name));
}
