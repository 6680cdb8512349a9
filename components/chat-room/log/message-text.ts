/**
 * Turns addresses in a text into links. `addresses.ts` finds the addresses.
 *
 * Owns what counts as safe: only addresses that the URL parser accepts, of `http:`, `https:` and `mailto:`. An address
 * with a user name is not safe, because `https://bank.example@evil.example` looks like a different site. All other text
 * stays text. Nothing becomes markup.
 */
import { html, type TemplateResult } from 'lit';
import { findAddresses } from './addresses.ts';

const SCHEMES = ['http:', 'https:', 'mailto:'];

/** A piece of a text: plain, or a link that leads to `href`. */
export type TextPiece = string | { readonly text: string; readonly href: string };

function parseAddress(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { protocol, username, password, href, hostname, pathname } = new URL(address);
  const leads = protocol === 'mailto:' ? pathname.includes('@') : hostname !== '' && !username && !password;
  return SCHEMES.includes(protocol) && leads ? href : null;
}

/** The pieces of `text` in order. Joined they give `text`. */
export function splitText(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const { index, address } of findAddresses(text)) {
    const href = parseAddress(address);
    if (!href) continue;
    if (index > end) pieces.push(text.slice(end, index));
    pieces.push({ text: address, href });
    end = index + address.length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}

/** Links open in a new tab, because following one must not end a call on this page. */
export function renderText(text: string): (string | TemplateResult)[] {
  return splitText(text).map((piece) =>
    typeof piece === 'string'
      ? piece
      : html`<a part="link" href=${piece.href} target="_blank" rel="noopener noreferrer">${piece.text}</a>`,
  );
}
