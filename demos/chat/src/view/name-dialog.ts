import { cleanName } from '../people/name';
import type { Me } from '../people/me';
import { showAvatar } from './avatar';
import { find, setText } from './dom';

/** Shows everywhere who one writes as, and lets one change it. */
export class NameDialog {
  readonly #dialog = find<HTMLDialogElement>(document, '#name-dialog');
  readonly #input = find<HTMLInputElement>(document, '#name-input');
  readonly #preview = find(document, '#name-dialog [data-preview]');

  constructor(private readonly me: Me) {
    for (const button of document.querySelectorAll('[data-rename]')) button.addEventListener('click', () => this.#open());
    this.#input.addEventListener('input', () => showAvatar(this.#preview, cleanName(this.#input.value)));
    find(this.#dialog, '[data-cancel]').addEventListener('click', () => this.#dialog.close());
    this.#dialog.addEventListener('close', () => {
      if (this.#dialog.returnValue === 'save') this.me.rename(this.#input.value);
      this.#show();
    });
    this.#show();
  }

  #open(): void {
    this.#dialog.returnValue = '';
    this.#input.value = this.me.name;
    showAvatar(this.#preview, this.me.name);
    this.#dialog.showModal();
    this.#input.select();
  }

  #show(): void {
    for (const name of document.querySelectorAll('[data-my-name]')) setText(name, this.me.name);
    for (const avatar of document.querySelectorAll<HTMLElement>('[data-my-avatar]')) showAvatar(avatar, this.me.name);
  }
}
