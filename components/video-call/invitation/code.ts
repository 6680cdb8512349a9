import { encode } from 'uqr';

/** The most bytes of a QR code with error correction M. */
const MOST_BYTES = 2_331;

/**
 * A QR code as the `d` of a path, one unit a module, with the quiet border that readers need. `size` is in units; 0 for
 * a text that is too long.
 */
export function codeOf(text: string): { readonly path: string; readonly size: number } {
  // No code holds more in bytes.
  if (new TextEncoder().encode(text).length > MOST_BYTES) return { path: '', size: 0 };
  const { data, size } = encode(text, { ecc: 'M', border: 3 });
  const rows = data.map((row, y) => {
    const bars = row.map((isDark, x) => {
      if (!isDark || row[x - 1]) return '';
      const end = row.indexOf(false, x);
      const width = (end < 0 ? size : end) - x;
      return `M${x} ${y}h${width}v1h-${width}z`;
    });
    return bars.join('');
  });
  return { path: rows.join(''), size };
}
