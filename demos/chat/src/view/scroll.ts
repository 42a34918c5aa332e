/** Closer to the end than this counts as being there, px. */
const nearEnd = 48;

/** Keeps the newest message in sight as long as the reader is at the end, and lets them read back in peace. */
export class EndKeeper {
  #atEnd = true;

  constructor(
    private readonly scroller: HTMLElement,
    content: HTMLElement,
    reachedEnd: () => void,
  ) {
    scroller.addEventListener('scroll', () => {
      const { scrollHeight, scrollTop, clientHeight } = scroller;
      this.#atEnd = scrollHeight - scrollTop - clientHeight < nearEnd;
      if (this.#atEnd) reachedEnd();
    }, { passive: true });
    // The phone's keyboard, a wrapped line, a bar that appears: whatever changes a height must not move the end away.
    const sizes = new ResizeObserver(() => {
      if (this.#atEnd) this.goToEnd();
    });
    sizes.observe(scroller);
    sizes.observe(content);
  }

  get atEnd(): boolean {
    return this.#atEnd;
  }

  goToEnd(): void {
    this.#atEnd = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }
}
