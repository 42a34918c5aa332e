import { messageTextMax } from '../room/events';
import { find, setText } from './dom';

export interface ComposerActions {
  /** @returns why the text cannot be taken now; null when it was taken. */
  say(text: string): string | null;
  typed(): void;
}

/** The count of characters left is shown from here on. */
const countFrom = messageTextMax - 200;

/** The field in which messages are written. */
export class Composer {
  readonly #field: HTMLTextAreaElement;
  readonly #button: HTMLButtonElement;
  readonly #count: HTMLElement;
  readonly #hint: HTMLElement;
  readonly #usualHint: Node[];

  constructor(form: HTMLFormElement, private readonly actions: ComposerActions) {
    this.#field = find<HTMLTextAreaElement>(form, 'textarea');
    this.#button = find<HTMLButtonElement>(form, 'button[type=submit]');
    this.#count = find(form, '[data-count]');
    this.#hint = find(form, '[data-composer-hint]');
    this.#usualHint = [...this.#hint.childNodes];
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener('input', () => {
      this.#fit();
      if (this.text !== '') this.actions.typed();
    });
    this.#field.addEventListener('keydown', (event) => {
      // While an input method composes a word, Enter chooses it and must not send.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
  }

  private get text(): string {
    return this.#field.value.trim();
  }

  /** What was written but not sent, to be kept when the room changes. */
  get draft(): string {
    return this.#field.value;
  }

  set draft(text: string) {
    this.#field.value = text;
    this.#fit();
  }

  focus(): void {
    this.#field.focus({ preventScroll: true });
  }

  #submit(): void {
    if (this.text === '') return;
    const refusal = this.actions.say(this.text);
    this.#hint.classList.toggle('composer__hint--wrong', refusal !== null);
    if (refusal === null) {
      this.#hint.replaceChildren(...this.#usualHint);
      this.draft = '';
    } else {
      this.#hint.textContent = refusal;
    }
    this.focus();
  }

  #fit(): void {
    this.#button.disabled = this.text === '';
    this.#field.style.height = 'auto';
    this.#field.style.height = `${this.#field.scrollHeight}px`;
    const length = this.#field.value.length;
    this.#count.hidden = length < countFrom;
    setText(this.#count, `${messageTextMax - length}`);
  }
}
