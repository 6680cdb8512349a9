/** What all classes of events have in common. */
export const REQUEST: EventInit = { bubbles: true, composed: true, cancelable: true };

/** Makes the fields read-only, as in the platform's events. Frameworks can still add fields of their own. */
export function readOnly(event: Event): void {
  for (const name of Object.keys(event))
    if (name !== 'isTrusted') Object.defineProperty(event, name, { writable: false });
}
