import { type Link, type LinkState, secondsUntil } from '../connection/link';
import { find, setText } from './dom';

/** Shows at all times how the page stands with the server, with a countdown while it waits for the next attempt. */
export class ConnectionState {
  readonly #pills = document.querySelectorAll<HTMLElement>('[data-state]');
  readonly #bars = document.querySelectorAll<HTMLElement>('[data-notice-bar]');
  readonly #announcer = find(document, '#announcer');
  #everConnected = false;
  #troubled = false;
  #tick: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly link: Link) {
    for (const bar of this.#bars) bar.append(...this.#makeBar());
    link.watch((state) => this.#entered(state));
  }

  #makeBar(): HTMLElement[] {
    const text = document.createElement('span');
    text.dataset['text'] = '';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'notice-bar__button';
    button.addEventListener('click', () => this.link.connectNow());
    return [text, button];
  }

  #entered(state: LinkState): void {
    if (state.kind === 'connected') this.#announce(this.#troubled ? 'Connected again' : 'Connected');
    if (state.kind !== 'connected' && state.kind !== 'connecting' && !this.#troubled) this.#announce(this.#explain(state));
    this.#everConnected ||= state.kind === 'connected';
    this.#troubled = state.kind !== 'connected' && (this.#troubled || state.kind !== 'connecting');
    this.#show();
  }

  #show(): void {
    clearTimeout(this.#tick);
    const { state } = this.link;
    for (const pill of this.#pills) {
      pill.dataset['kind'] = state.kind;
      setText(pill, label(state));
    }
    // While an attempt runs the bar stays as it was: a bar that comes and goes makes the page jump.
    for (const bar of this.#bars) {
      bar.hidden = !this.#troubled;
      bar.classList.toggle('notice-bar--bad', state.kind === 'offline' || state.kind === 'stopped');
      const button = find<HTMLButtonElement>(bar, 'button');
      button.disabled = state.kind === 'connecting';
      setText(find(bar, '[data-text]'), this.#explain(state));
      setText(button, actionOf(state));
    }
    if (state.kind === 'waiting') {
      const rest = state.until - Date.now();
      this.#tick = setTimeout(() => this.#show(), Math.max(50, rest % 1000 || 1000)); // as the next second begins
    }
  }

  #explain(state: LinkState): string {
    switch (state.kind) {
      case 'offline': return 'This device is offline. Messages you write are kept and sent once it is back.';
      case 'stopped': return `The server has ended the connection: ${state.reason}.`;
      default: return this.#everConnected
        ? 'The connection is lost. Messages you write are kept and sent once it is back.'
        : 'The server cannot be reached. Messages you write are kept and sent once it can.';
    }
  }

  #announce(text: string): void {
    this.#announcer.textContent = text;
  }
}

function label(state: LinkState): string {
  switch (state.kind) {
    case 'connecting': return 'Connecting…';
    case 'connected': return 'Connected';
    case 'waiting': return `Retrying in ${secondsUntil(state.until, Date.now())} s`;
    case 'offline': return 'Offline';
    case 'stopped': return 'Disconnected';
  }
}

function actionOf(state: LinkState): string {
  switch (state.kind) {
    case 'offline': return 'Try anyway';
    case 'stopped': return 'Connect again';
    default: return 'Retry now';
  }
}
