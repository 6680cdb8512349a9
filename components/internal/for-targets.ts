/**
 * The elements that `for="id1 id2"` names, in that order: looked up in the own root, then in the document,
 * so that a list inside a shadow root reaches a call beside it and one of the page. They may not be
 * upgraded yet: a property set on such an element is taken over when it is.
 */
export function findForTargets(host: Element, ids: string): HTMLElement[] {
  const { ownerDocument } = host;
  const root = host.getRootNode();
  const ownRoot = root !== ownerDocument && root.nodeType === Node.DOCUMENT_FRAGMENT_NODE ? (root as ShadowRoot) : null;
  const targets = ids.split(/\s+/).flatMap((id) => {
    if (!id) return [];
    // From the prototype, because `<img name="getElementById">` in a page hides the method of its document.
    return ownRoot?.getElementById(id) ?? Document.prototype.getElementById.call(ownerDocument, id) ?? [];
  });
  return [...new Set(targets)];
}

/** Calls `use` with each target whose element is defined: at once, or when it is defined and upgraded. */
export function whenTargetsDefined(host: Element, ids: string, use: (target: HTMLElement) => void): void {
  for (const target of findForTargets(host, ids)) {
    const { localName } = target;
    if (!localName.includes('-') || customElements.get(localName)) use(target);
    else void customElements.whenDefined(localName).then(() => use(target));
  }
}
