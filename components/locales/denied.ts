/**
 * What an element says of a refused device that the person cannot allow, because the document may not use devices.
 *
 * A frame gets no device unless the page around it allows it, and a page can deny itself devices by a header. Browsers
 * report both as they report a person's refusal. Chromium's `document.featurePolicy` tells the difference; other
 * browsers do not tell it.
 */

/** The attribute that the page around a frame writes on the frame, so that it may use devices. */
export const ALLOW = 'allow="camera; microphone; display-capture"';

/** Chromium's `document.featurePolicy`, which TypeScript's DOM types do not have. */
interface Policy {
  features(): string[];
  allowsFeature(feature: string): boolean;
}

interface Texts {
  readonly lang: string;
  /** What a person who refused can do. */
  readonly denied: string;
  readonly names: { readonly camera: string; readonly microphone: string; readonly 'display-capture': string };
  /** Says what the document may not use (`names`), and which `attributes` of the frame would allow it. */
  kept(names: string, attributes: string): string;
  /** Added in a frame in browsers without `featurePolicy`. */
  readonly perhaps: string;
}

/** True in a frame of another origin's page. A page of the same origin allows its frames devices without `allow`. */
function isStrangersFrame(view: Window): boolean {
  return view.top !== view && !view.frameElement;
}

/** The sentence of `permission-denied` in this document. Its policy never changes. */
export function sayDenied({ lang, denied, names, kept, perhaps }: Texts): string {
  const page = globalThis.document as (Document & { featurePolicy?: Policy }) | undefined;
  const view = page?.defaultView;
  if (!view) return denied;
  const policy = page.featurePolicy;
  // Chromium gives nothing to a sandboxed frame without an origin, whatever its policy says.
  const isNobody = view.origin === 'null' && isStrangersFrame(view);
  if (!policy) return isStrangersFrame(view) ? `${denied} ${perhaps}` : denied;
  const known = policy.features();
  const missing = (Object.keys(names) as (keyof typeof names)[]).filter(
    (feature) => isNobody || (known.includes(feature) && !policy.allowsFeature(feature)),
  );
  if (missing.length === 0) return denied;
  const list = new Intl.ListFormat(lang).format(missing.map((feature) => names[feature]));
  const sentence = kept(list, isNobody ? `sandbox="allow-scripts allow-same-origin" ${ALLOW}` : ALLOW);
  // If the page may use one of camera and microphone, the person may have refused that one: say both sentences.
  return missing.includes('camera') && missing.includes('microphone') ? sentence : `${denied} ${sentence}`;
}
