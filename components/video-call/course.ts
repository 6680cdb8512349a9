/**
 * How a call goes on for the person, and what it loads late on the way: its menu with what a small box needs (`more/`),
 * and what the lobby shows besides the button that joins (`lobby/`).
 *
 * Owns whether the stage or the lobby is shown, and why the call was left. Does not own the state (`CallController`),
 * nor what is shown.
 */
import type { CallState } from '../entities.ts';
import { ignore } from '../internal/ignore.ts';
import type { dress } from '../internal/look/document-styles.ts';
import type { Internals } from '../internal/platform.ts';
import type { CallParts } from './call-view.ts';
import { extras, lobby, more } from './capabilities.ts';
import type { Lobby } from './lobby/lobby.ts';
import type { More } from './more/more.ts';
import { farewellOf, situationOf, type Situation } from './situation.ts';

/** How long the page is left alone after the lobby has its room, in milliseconds. */
const IDLE_MS = 100;
/** How long the line is left to the connection, in milliseconds. A lobby without its room shows what it can. */
const CONNECTING_MS = 1_500;
/** How long joining is left alone, and then the call, in milliseconds. */
const JOINING_MS = 1_500;

export class Course {
  /** True while the stage is shown instead of the lobby. Stays as it is while joining: an empty stage says nothing. */
  inside = false;
  /** Present once it is loaded. */
  more: More | undefined;
  /** Present once it is loaded. */
  lobby: Lobby | undefined;
  readonly #parts: CallParts;
  readonly #styles: ReturnType<typeof dress>;
  readonly #states: Internals['states'];
  #leaveReason: Situation['leaveReason'] = 'left';
  #isLobbyDue = false;
  #hasRoom = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: CallParts, styles: ReturnType<typeof dress>, states: Internals['states']) {
    const { call } = parts;
    this.#parts = parts;
    this.#styles = styles;
    this.#states = states;
    states.add(call.state);
    call.events.on('state', (state) => this.#onState(state));
    call.events.on('leave', ({ reason }) => (this.#leaveReason = reason));
    // It has a look of its own.
    call.events.on('announcement', this.wantMore);
  }

  get situation(): Situation {
    return situationOf(this.#parts, this.#leaveReason, this.lobby);
  }

  /** Without it, the call does without. */
  readonly wantMore = (): void => void (this.more ?? this.loadMore().catch(ignore));

  /** @throws CodedError if it cannot be loaded */
  readonly loadMore = (): Promise<More> =>
    more.load().then(({ More }) => (this.more ??= new More(this.#parts, this.#styles, this.#states)));

  /** One lobby may follow another without a new state. */
  handleRoom(): void {
    this.#hasRoom = false;
    // Never on a server that renders: there is no other state than `idle`.
    if (this.#parts.call.state === 'prejoin') this.#expectLobby();
  }

  /**
   * A call that began without a lobby loads it with the extras, or when a device has a trouble. A lobby that could not
   * be loaded is tried again when something changes, such as the connection.
   */
  handleUpdate(): void {
    const { camera, microphone } = this.#parts.call.mediaErrors;
    const { snapshot } = this.#parts.call.room;
    if (!this.#hasRoom && snapshot && snapshot.state !== 'joining') {
      this.#hasRoom = true;
      this.#expectLobby();
    }
    this.#isLobbyDue ||= Boolean(extras.loaded ?? camera ?? microphone);
    if (this.#isLobbyDue && !this.lobby) lobby.want(() => this.#wantLobby());
  }

  #expectLobby(): void {
    if (this.#parts.call.state.startsWith('j')) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#wantLobby, this.#hasRoom ? IDLE_MS : CONNECTING_MS);
  }

  readonly #wantLobby = (): void => {
    this.#isLobbyDue = true;
    void lobby
      .load()
      .then(({ Lobby }) => (this.lobby ??= new Lobby(this.#parts, this.#styles, this.wantMore)).handleState(), ignore);
  };

  /** A person who is alone has more to set too. The prompt of a browser that still asks needs a word. */
  readonly #onPatience = (): void => {
    if (this.inside) this.wantMore();
    if (this.#parts.call.shared?.media.opening.some(Boolean)) this.#wantLobby();
  };

  #onState(state: CallState): void {
    const { locale, banner, playback, actions, say } = this.#parts;
    this.#states.clear();
    this.#states.add(state);
    this.more?.tellState();
    banner.handleAction();
    if (state !== 'joining') this.inside = state === 'joined' || state === 'reconnecting';
    clearTimeout(this.#timer);
    if (state.startsWith('j')) this.#timer = setTimeout(this.#onPatience, JOINING_MS);
    else this.#expectLobby();
    if (state !== 'left' && state !== 'failed') {
      // The call began or is back after a loss: an older failure no longer matters.
      actions.trouble = null;
      return;
    }
    playback.blocked = false;
    locale.say(farewellOf(this.situation), say);
  }
}
