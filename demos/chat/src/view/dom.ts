/** The one element a selector names; the page and the code that fills it belong together, so a miss is a bug. */
export function find<T extends Element = HTMLElement>(root: ParentNode, selector: string): T {
  const element = root.querySelector<T>(selector);
  if (element === null) throw new Error(`The page has no ${selector}.`);
  return element;
}

/** A copy of the first element of a template. */
export function stamp(templateId: string): HTMLElement {
  const template = find<HTMLTemplateElement>(document, `#${templateId}`);
  const element = template.content.firstElementChild?.cloneNode(true);
  if (!(element instanceof HTMLElement)) throw new Error(`The template ${templateId} is empty.`);
  return element;
}

/** Sets text only where it differs: a text node that is written anew loses the reader's selection. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes the children of `parent` the given ones, in order, moving as few as possible. */
export function setChildren(parent: Element, children: readonly Element[]): void {
  const keep = new Set<Element>(children);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  children.forEach((child, index) => {
    const present = parent.children[index];
    if (present !== child) parent.insertBefore(child, present ?? null);
  });
}
