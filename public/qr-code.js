/** A text as a QR code, drawn as one path. The build bundles this file, because it imports a library by its name. */
import { encode } from 'uqr';

const SVG = 'http://www.w3.org/2000/svg';

/** @returns {SVGElement} black on white, with the quiet zone that cameras need */
export function drawCode(text) {
  const { data, size } = encode(text, { ecc: 'M', border: 3 });
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`);
  svg.setAttribute('shape-rendering', 'crispEdges');
  const path = document.createElementNS(SVG, 'path');
  const cells = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  path.setAttribute('d', cells.join(''));
  svg.append(path);
  return svg;
}
