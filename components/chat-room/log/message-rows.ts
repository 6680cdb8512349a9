/**
 * Draws messages with their author, grouping and state. Holds no state.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { LocaleController } from '../../controllers/locale-controller.ts';
import type { Message, RoomParticipant } from '../../entities.ts';
import { renderAvatar } from '../../internal/look/avatar.ts';
import { icon } from '../../internal/look/icons.ts';
import { isolate } from '../../internal/isolate.ts';
import { participantHue } from '../../internal/look/participant-hue.ts';
import type { Row } from './fold-notices.ts';
import { gatherBlankLines, type LongTexts } from './long-texts.ts';
import type { MessageActions } from './message-actions.ts';
import { renderText } from './message-text.ts';

/** Messages of one author within this time are grouped under one name. */
const GROUP_MS = 5 * 60_000;

export interface RowsView {
  readonly rows: readonly Row[];
  readonly participants: readonly RoomParticipant[];
  /** In a call, `<video-call>` tells screen readers of participants who come and leave. */
  readonly inCall: boolean;
  /** The name of a participant who is or was in the room. */
  readonly nameOf: (id: string) => string | undefined;
  readonly locale: LocaleController;
  readonly actions: MessageActions;
  readonly longTexts: LongTexts;
  readonly onRetry: (clientId: string) => void;
  readonly onSendToAll: (message: Message) => void;
}

/** The rendered texts. All rows are drawn again with each message, and some texts take milliseconds to parse. */
const bodies = new WeakMap<Message, { readonly text: string; readonly shown: unknown }>();

function readBody(message: Message): { readonly text: string; readonly shown: unknown } {
  let body = bodies.get(message);
  if (!body) {
    const text = gatherBlankLines(message.text);
    bodies.set(message, (body = { text, shown: renderText(text) }));
  }
  return body;
}

/** Errors that sending the same text again cannot solve. */
const HOPELESS: readonly (string | undefined)[] = ['message-too-long', 'payload-invalid'];

/** Stays the same from pending to sent, unlike the id. The client id of another participant cannot be trusted. */
export const rowKey = ({ isSelf, clientId, id }: Message): string => (isSelf ? `own ${clientId}` : id);

function belongsTo(previous: Message | undefined, { from, to, kind, at }: Message): boolean {
  return (
    previous?.kind === 'text' &&
    kind === 'text' &&
    previous.from.id === from.id &&
    previous.to === to &&
    at.getTime() - previous.at.getTime() < GROUP_MS
  );
}

export function renderRows(view: RowsView): unknown {
  const { rows, participants, inCall, nameOf, locale, actions, longTexts, onRetry, onSendToAll } = view;
  // Created once for all rows, because a formatter costs more than the rest of a row.
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale.lang(), options);
  const time = format({ timeStyle: 'short' });
  const day = format({ dateStyle: 'full' });
  const full = format({ dateStyle: 'medium', timeStyle: 'short' });
  const today = new Date().toDateString();

  const renderTime = ({ at }: Message) =>
    html`<time part="time" datetime=${at.toISOString()} title=${full.format(at)}>${time.format(at)}</time>`;

  function renderNotice({ message, notice, names }: Row): TemplateResult {
    const key = notice === 'came' ? 'chatCame' : 'chatGone';
    const sentence = notice ? locale.term(key, names.map(isolate)) : message.text;
    return html`<p class="notice" part="notice" aria-live=${inCall ? 'off' : nothing}>${sentence}</p>`;
  }

  function renderLong(message: Message): unknown {
    const { text, shown } = readBody(message);
    return longTexts.render(rowKey(message), text, [shown, renderEdited(message)]);
  }

  const renderAnnouncement = (
    message: Message,
  ) => html`<div class="announcement" part="notice announcement" role="article"
    aria-labelledby="by-${message.id}">
    <p class="head" id="by-${message.id}"><strong>${locale.term('announcement')}</strong> ${renderTime(message)}</p>
    <div class="body" part="body" dir="auto">${renderLong(message)}</div>
  </div>`;

  function renderPrivacy({ to, isSelf }: Message): unknown {
    if (to === undefined) return nothing;
    const whom = isSelf
      ? locale.term('chatToName', isolate(nameOf(to) ?? locale.term('chatSomebody')))
      : locale.term('chatToYou');
    return html`<span class="privacy">${icon('lock')}${whom}</span>`;
  }

  function renderState(message: Message): unknown {
    const { state, clientId, error, to } = message;
    if (state === 'sent') return nothing;
    if (state === 'pending') return html`<p class="state">${locale.term('chatPending')}</p>`;
    const isGone = to !== undefined && !participants.some(({ id }) => id === to);
    return html`<p class="state failed">${locale.term('chatFailed', locale.term(error ?? 'internal'))}
      ${
        HOPELESS.includes(error)
          ? nothing
          : html`<button type="button" part="retry-button"
            @click=${() => onRetry(clientId)}>${icon('retry')}${locale.term('tryAgain')}</button>`
      }
      ${
        isGone
          ? html`<button type="button" part="everyone-button"
            @click=${() => onSendToAll(message)}>${locale.term('chatToEveryone')}</button>`
          : nothing
      }</p>`;
  }

  const renderEdited = ({ editedAt }: Message) =>
    editedAt
      ? html` <span class="edited" part="edited" title=${full.format(editedAt)}>${locale.term('chatEdited')}</span>`
      : nothing;

  function renderMessage(message: Message, grouped: boolean): TemplateResult {
    const { id, from, isSelf, to, state } = message;
    const isFailed = state === 'failed';
    const marks = [
      isSelf ? 'message-self' : '',
      to === undefined ? '' : 'message-private',
      isFailed ? 'message-failed' : '',
    ].join(' ');
    const author = isSelf ? locale.term('chatSelf') : from.displayName;
    // Screen readers still read author and time of each message in a group.
    return html`<div class="message ${marks} ${state} ${grouped ? 'grouped' : ''}" part="message ${marks}" data-id=${id}
      role="article" aria-labelledby="by-${id}" .style=${`--_hue: ${participantHue(from.id)}`}>
      ${isSelf ? nothing : renderAvatar(from)}
      <p class="head ${grouped ? 'visually-hidden' : ''}" id="by-${id}"><bdi
        class="author ${isSelf ? 'visually-hidden' : ''}" part="author"
        title=${from.displayName}>${author}</bdi> ${renderPrivacy(message)}
        ${renderTime(message)}</p>
      ${
        actions.isEdited(message)
          ? actions.renderEditor(message)
          : html`<div class="said"><div class="body" part="body"
            dir="auto">${renderLong(message)}</div>${actions.renderButtons(message)}</div>`
      }
      ${renderState(message)}${actions.renderQuestion(message)}
    </div>`;
  }

  function renderRow(row: Row, grouped: boolean): TemplateResult {
    const { message } = row;
    if (message.kind === 'text') return renderMessage(message, grouped);
    return message.kind === 'notice' ? renderNotice(row) : renderAnnouncement(message);
  }

  return repeat(
    rows,
    ({ message }) => rowKey(message),
    (row, index) => {
      const { message } = row;
      const previous = rows[index - 1]?.message;
      const date = message.at.toDateString();
      const newDay = date !== (previous ? previous.at.toDateString() : today);
      return html`${newDay ? html`<p class="day">${day.format(message.at)}</p>` : nothing}
      ${renderRow(row, !newDay && belongsTo(previous, message))}`;
    },
  );
}
