/** Whether the permission policy of a document lets it use a feature: a frame needs `allow` for most of them. */

/** Chromium's `document.featurePolicy`, which TypeScript's DOM types do not have. */
interface Policy {
  features(): readonly string[];
  allowsFeature(feature: string): boolean;
}

/** True also where the browser does not tell, or does not know the feature: then a press tells. */
export function isAllowed(document: Document, feature: 'clipboard-write' | 'web-share' | 'fullscreen'): boolean {
  const { featurePolicy } = document as Document & { featurePolicy?: Policy };
  return !featurePolicy?.features().includes(feature) || featurePolicy.allowsFeature(feature);
}
