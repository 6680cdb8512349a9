/** A participant's initials on a colour of the participant's own, as lists and messages show them. */
import { html, type TemplateResult } from 'lit';
import { initialsOf } from './initials.ts';
import { participantHue } from './participant-hue.ts';

export function renderAvatar({
  id,
  displayName,
}: {
  readonly id: string;
  readonly displayName: string;
}): TemplateResult {
  const hue = `--_hue: ${participantHue(id)}`;
  return html`<span class="avatar" part="avatar" aria-hidden="true" .style=${hue}>${initialsOf(displayName)}</span>`;
}
