/**
 * Draws messages with their author, grouping and state. Holds no state. A row is rendered again only if something that
 * it shows changed: with thousands of rows, rendering all of them takes longer than ten frames.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { LocaleController } from '../../controllers/locale-controller.ts';
import type { Message, RoomParticipant } from '../../entities.ts';
import { renderAvatar } from '../../internal/look/avatar.ts';
import { icon } from '../../internal/look/icons.ts';
import { isolate } from '../../internal/isolate.ts';
import { participantHue } from '../../internal/look/participant-hue.ts';
import { dateFormat } from './date-format.ts';
import type { Row } from './fold-notices.ts';
import { gatherBlankLines, type LongTexts } from './long-texts.ts';
import type { MessageActions } from './message-actions.ts';
import { renderText } from './message-text.ts';

/** Messages of one author within this time are grouped under one name. */
const GROUP_MS = 5 * 60_000;

export interface RowsView {
  readonly rows: readonly Row[];
  readonly participants: readonly RoomParticipant[];
  /** True in the call: `<video-call>` then tells screen readers who comes and leaves, so notices must not. */
  readonly inCall: boolean;
  /** The name of a participant who is or was in the room. */
  readonly nameOf: (id: string) => string | undefined;
  readonly locale: LocaleController;
  readonly actions: MessageActions;
  readonly longTexts: LongTexts;
  readonly onRetry: (clientId: string) => void;
  readonly onSendToAll: (message: Message) => void;
}

/** The rendered texts. Rows are rendered again with their buttons, and some texts take milliseconds to parse. */
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

/** The key of a row. Unlike the id, it stays the same from pending to sent. Client ids of others are not trusted. */
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

const isSameDay = (a: Date, b: Date): boolean =>
  a.getDate() === b.getDate() && a.getMonth() === b.getMonth() && a.getFullYear() === b.getFullYear();

export function renderRows(view: RowsView): unknown {
  const { rows, participants, inCall, nameOf, locale, actions, longTexts, onRetry, onSendToAll } = view;
  const time = dateFormat(locale.lang(), { timeStyle: 'short' });
  const day = dateFormat(locale.lang(), { dateStyle: 'full' });
  const full = dateFormat(locale.lang(), { dateStyle: 'medium', timeStyle: 'short' });
  const today = new Date();
  /** What all rows show: the language with its formats, the buttons, and how notices are read. */
  const common = [time, locale.term('chatLog'), inCall, ...actions.powers] as const;

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
    <p class="head" id="by-${message.id}"><strong
      part="announcement-title">${locale.term('announcement')}</strong> ${renderTime(message)}</p>
    <div class="body" part="body" dir="auto">${renderLong(message)}</div>
  </div>`;

  function renderPrivacy({ to, isSelf }: Message): unknown {
    if (to === undefined) return nothing;
    const whom = isSelf
      ? locale.term('chatToName', isolate(nameOf(to) ?? locale.term('chatSomebody')))
      : locale.term('chatToYou');
    return html`<span class="privacy" part="privacy">${icon('lock')}${whom}</span>`;
  }

  const isGone = (to: string | undefined): boolean => to !== undefined && !participants.some(({ id }) => id === to);

  function renderState(message: Message): unknown {
    const { state, clientId, error, to } = message;
    if (state === 'sent') return nothing;
    if (state === 'pending')
      return html`<p class="state" part="delivery"><span>${locale.term('chatPending')}</span></p>`;
    const reason = locale.term(error ?? 'internal');
    return html`<p class="state failed" part="delivery"><span>${locale.term('chatFailed', reason)}</span>
      ${
        HOPELESS.includes(error)
          ? nothing
          : html`<button type="button" part="retry-button"
            @click=${() => onRetry(clientId)}>${icon('retry')}${locale.term('tryAgain')}</button>`
      }
      ${
        isGone(to)
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
    const isPending = state === 'pending';
    const marks = [
      isSelf ? 'message-self' : '',
      to === undefined ? '' : 'message-private',
      isFailed ? 'message-failed' : '',
      isPending ? 'message-pending' : '',
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

  /** What a row shows that is not in its message. */
  function readContext({ message, names }: Row): string {
    const { to, state, error, kind } = message;
    if (kind === 'notice') return names.join();
    const failure = state === 'failed' ? `${isGone(to)} ${locale.term(error ?? 'internal')}` : '';
    return to === undefined ? failure : `${nameOf(to)} ${failure}`;
  }

  return repeat(
    rows,
    ({ message }) => rowKey(message),
    (row, index) => {
      const { message } = row;
      const previous = rows[index - 1]?.message;
      const newDay = !isSameDay(message.at, previous?.at ?? today);
      const grouped = !newDay && belongsTo(previous, message);
      const own = [message, newDay, grouped, readContext(row), longTexts.isOpen(rowKey(message))];
      return guard(
        [...common, ...own, ...actions.stateOf(message)],
        () => html`${newDay ? html`<p class="day" part="day">${day.format(message.at)}</p>` : nothing}
        ${renderRow(row, grouped)}`,
      );
    },
  );
}
