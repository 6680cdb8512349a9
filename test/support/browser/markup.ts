/**
 * Texts that become markup or script if code treats them as such. Code that runs sets `window.__ran`; each element
 * carries the attribute `zz`, so that it can be found. Each text is short enough for a name (64 code points).
 */

const RUN = '__ran=1';

/** Elements that run a script. `PAYLOADS` also puts each of `BREAKS` before all but the last. */
const BARE = [
  `<img zz src=x onerror=${RUN}>`,
  `<svg zz onload=${RUN}>`,
  `<details zz open ontoggle=${RUN}>`,
  `<input zz autofocus onfocus=${RUN}>`,
  `<video zz><source onerror=${RUN}></video>`,
  `<iframe zz onload=${RUN}></iframe>`,
];
const BREAKS = ['"', "'", '">', "'>", '-->', '</p>', '</title>', '</style>', '</script>', '</textarea>', ']]>', '`'];

const SINGLE = [
  `<script zz>${RUN}</script>`,
  `<script zz src=data:,${RUN}></script>`,
  `<SCRIPT zz>${RUN}</SCRIPT>`,
  `<scr<script zz>ipt>${RUN}</script>`,
  `<iframe zz src=javascript:parent.${RUN}>`,
  `<iframe zz srcdoc="<script>parent.${RUN}</script>">`,
  `<object zz data=javascript:${RUN}>`,
  `<embed zz src=javascript:${RUN}>`,
  `<audio zz src=x onerror=${RUN}>`,
  `<body zz onload=${RUN}>`,
  `<marquee zz onstart=${RUN}>`,
  `<a zz href=javascript:${RUN}>press</a>`,
  `<form zz action=javascript:${RUN}>`,
  `<button zz onclick=${RUN}>press</button>`,
  `<math zz href=javascript:${RUN}>x</math>`,
  `<style zz>@import'javascript:${RUN}'</style>`,
  `<link zz rel=stylesheet href=javascript:${RUN}>`,
  `<base zz href=javascript:${RUN}//>`,
  `<meta zz http-equiv=refresh content=0;url=javascript:${RUN}>`,
  `<template zz><img src=x onerror=${RUN}></template>`,
  `<svg zz><script>${RUN}</script></svg>`,
  `<svg zz><animate onbegin=${RUN} attributeName=x>`,
  `<img zz src=x onerror=${RUN}//`,
  `<img zz/src=x/onerror=${RUN}>`,
  `<img\tzz src=x onerror=${RUN}>`,
  `<IMG zz SRC=x ONERROR=${RUN}>`,
  `< img zz src=x onerror=${RUN}>`,
  `<img zz src=x onerror&#61;${RUN}>`,
  `&lt;img zz src=x onerror=${RUN}&gt;`,
  `&#60;img zz src=x onerror=${RUN}&#62;`,
  `%3Cimg zz src=x onerror=${RUN}%3E`,
  `\\u003cimg zz src=x onerror=${RUN}\\u003e`,
  `\${${RUN}}`,
  `{{${RUN}}}`,
  `{{constructor.constructor('${RUN}')()}}`,
  `<%= ${RUN} %>`,
  `#{${RUN}}`,
  `<!--?lit$zz$--><img zz src=x onerror=${RUN}>`,
  `<?lit$zz$><img zz src=x onerror=${RUN}>`,
  `javascript:${RUN}`,
  `JaVaScRiPt:${RUN}`,
  `java\tscript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `vbscript:${RUN}`,
  `https://x.test/"onmouseover="${RUN}`,
  `https://x.test/'onmouseover='${RUN}`,
  `https://x.test/><img zz src=x onerror=${RUN}>`,
  `https://javascript:${RUN}@x.test`,
  `http://x.test#javascript:${RUN}`,
  `" zz onmouseover=${RUN} x="`,
  `' zz onfocus=${RUN} autofocus x='`,
  `" style="background:url(javascript:${RUN})`,
  `--_hue: 0; background: url(javascript:${RUN})`,
  `constructor`,
  `__proto__`,
  `[object Object]`,
  `\u202e<img zz src=x onerror=${RUN}>`,
  `<slot zz name=empty></slot>`,
  `<video-call zz room=x></video-call>`,
];

/** All texts. No two are the same. */
export const PAYLOADS: readonly string[] = [
  ...SINGLE,
  ...BARE,
  ...BREAKS.flatMap((start) => BARE.slice(0, 5).map((payload) => start + payload)),
];

/** Runs in the page before anything else: looks every 30 ms in all shadow roots for what a payload would have made. */
export function watchMarkup(): void {
  const found = new Set<string>();
  Object.assign(window, { __found: found });
  const FOREIGN =
    'img, script, iframe, object, embed, audio, marquee, math, base, meta, link, frame, animate, template, [zz]';
  const look = (root: Document | ShadowRoot): void => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) look(element.shadowRoot);
      if (root === document) continue;
      const handlers = element.getAttributeNames().filter((name) => name.startsWith('on'));
      const address =
        element.getAttribute('href') ?? element.getAttribute('src') ?? element.getAttribute('action') ?? '';
      if (element.matches(FOREIGN) || handlers.length > 0 || (address && !/^https?:/.test(address)))
        found.add(element.outerHTML.slice(0, 200));
    }
  };
  const step = (): void => {
    look(document);
    setTimeout(step, 30);
  };
  document.addEventListener('DOMContentLoaded', step);
}
