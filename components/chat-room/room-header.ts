/** The header of a chat: the room and its participants. Holds no state. */
import { html, nothing, type TemplateResult } from 'lit';
import type { LocaleController } from '../controllers/locale-controller.ts';
import { numberFormat } from '../controllers/number-format.ts';
import type { RoomParticipant } from '../entities.ts';
import { renderAvatar } from '../internal/look/avatar.ts';
import { icon } from '../internal/look/icons.ts';

/** How many avatars the header shows. */
const AVATARS = 3;

export interface RoomHeaderView {
  readonly room: string;
  readonly participants: readonly RoomParticipant[];
  /** Whether the list of people is shown. */
  readonly open: boolean;
  readonly locale: LocaleController;
  readonly onToggle: () => void;
  /** Addresses a participant; `null` if the viewer cannot write. */
  readonly onChoose: ((id: string) => void) | null;
}

export function renderHeader({ room, participants, open, locale, onToggle, onChoose }: RoomHeaderView): TemplateResult {
  const others = participants.filter(({ isSelf }) => !isSelf);
  const people = locale.term('chatPeople', participants.length);
  const names = others.map(({ displayName }) => displayName).join(', ');
  /** The names of the others; the number of people where there is nobody else. */
  const renderRoster = () => {
    if (others.length > 0) {
      return others.map(({ displayName }, index) => html`${index ? ', ' : ''}<bdi>${displayName}</bdi>`);
    }
    return participants.length ? people : nothing;
  };
  const renderRole = (text: string) => html`<span class="role" part="role">${text}</span>`;
  const renderPerson = (person: RoomParticipant) => html`<li>
    <button type="button" class="person" part="participant" ?disabled=${person.isSelf || !onChoose}
      title=${person.isSelf ? nothing : locale.term('chatWriteTo', person.displayName)}
      @click=${() => onChoose?.(person.id)}>
      ${renderAvatar(person)}
      <bdi title=${person.displayName}>${person.displayName}</bdi>
      ${person.isSelf ? renderRole(locale.term('chatYou')) : nothing}
      ${person.role === 'moderator' ? renderRole(locale.term('chatModerator')) : nothing}
      ${
        person.inCall
          ? html`<span class="role in-call" part="role">${icon('call')}<span
            class="visually-hidden">${locale.term('chatInCall')}</span></span>`
          : nothing
      }
    </button></li>`;
  return html`<div class="header" part="header">
      <div class="place">
        <p class="room" part="room" role="heading" aria-level="2" title=${room}><bdi>${room}</bdi></p>
        <p class="roster" part="roster" title=${names}>${renderRoster()}</p>
      </div>
      <button type="button" part="participants-button" ?hidden=${!participants.length}
        aria-expanded=${open} aria-controls="people" title=${people} @click=${onToggle}>
        <span class="avatars">${others.slice(0, AVATARS).map(renderAvatar)}</span>
        ${others.length ? nothing : icon('people')}<span
          aria-hidden="true">${numberFormat(locale.lang()).format(participants.length)}</span><span
          class="visually-hidden">${people}</span>
      </button>
    </div>
    <ul class="people" id="people" part="participants"
      ?hidden=${!open}>${open ? participants.map(renderPerson) : nothing}</ul>`;
}
