/**
 * Hands, reactions and permissions of one call: what the person does with them, and what the page is told of them.
 *
 * Owns the wish to have a raised hand over a restart of the server, the word that somebody else lowered it, and the
 * reactions that are shown now. Does not own the queue (the server numbers hands), the list of participants, or what
 * the room does not permit (`Restrictions`). Loaded with the extras of a stage, on a press, or when the room restricts
 * something.
 */
import type { LitElement, ReactiveController, TemplateResult } from 'lit';
import type { Facts } from '../../../server/protocol.ts';
import type { RoomSession } from '../../client/room/room-session.ts';
import type { CallController } from '../../controllers/call-controller.ts';
import { handsOf } from '../../controllers/call/raised-hands.ts';
import { tellFact } from '../../controllers/removal-grace.ts';
import { permissionsOf } from '../../controllers/call/room-permissions.ts';
import type { CallParticipant } from '../../entities.ts';
import { HandChangeEvent, PermissionsChangeEvent, ReactionReceiveEvent } from '../../events/hands.ts';
import { CodedError, DOUBTFUL } from '../../internal/coded-error.ts';
import { ignore } from '../../internal/ignore.ts';
import { handsTerms } from '../../locales/english/hands.ts';
import { addEnglish } from '../../locales/index.ts';
import type { Banner } from '../banner.ts';
import type { Restricted } from '../more/restricted.ts';
import { isInside } from '../more/way-out.ts';
import type { VideoTile } from '../stage/video-tile.ts';
import type { Term } from '../toolbar.ts';
import type { UserActions } from '../user-actions.ts';
import { Passing } from './passing.ts';
import { Reading } from './reading.ts';
import { Restrictions } from './restrictions.ts';
import { renderTileMarks } from './tile-marks.ts';

addEnglish(handsTerms);

/** How long a reaction is shown, in milliseconds. */
const SHOWN_MS = 5_000;

export interface HandsParts {
  readonly element: LitElement;
  readonly call: CallController;
  readonly term: Term;
  readonly actions: UserActions;
  readonly banner: Banner;
  readonly say: (text: string) => void;
  /** The picture of a raised hand. */
  readonly icon: TemplateResult;
  /** What the room may leave to moderators. */
  readonly restricted: Restricted;
}

/** Whether a text is one emoji, as the server takes it. A browser without this kind of expression leaves it to it. */
function isEmoji(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  try {
    return new RegExp('^\\p{RGI_Emoji}$', 'v').test(text);
  } catch {
    return text !== '';
  }
}

/** Since when a hand is raised, and its place in the queue. */
function handIn(session: RoomSession | null, id: string): { since: Date; place: number } | undefined {
  const queue = handsOf(session?.store.get().participants ?? []);
  const at = queue.findIndex((one) => one.id === id);
  return at < 0 ? undefined : { since: new Date(queue[at]!.call!.hand!.at), place: at + 1 };
}

/** What this page asked for its own hand, by any of its elements of a room. */
interface Questions {
  /** How many the server has not answered. */
  pending: number;
  /** The number of the hand that it lowered last, or may have lowered. */
  lowered?: number;
}
const questions = new WeakMap<RoomSession, Questions>();

function questionsIn(session: RoomSession): Questions {
  const known = questions.get(session) ?? { pending: 0 };
  questions.set(session, known);
  return known;
}

const namesIn = (restricted: Restricted) => Object.keys(restricted) as (keyof Restricted)[];

export class Hands implements ReactiveController {
  readonly #parts: HandsParts;
  readonly #reading: Reading;
  readonly #restrictions: Restrictions;
  readonly #passing: Passing;
  #session: RoomSession | null = null;
  #ends: (() => void)[] = [];
  /** The participants, by id, whose hand the page knows to be raised. */
  readonly #told = new Map<string, CallParticipant>();
  #permissions = permissionsOf(null);
  readonly #reactions = new Map<string, { emoji: string; timer: ReturnType<typeof setTimeout> }>();
  /** True while the own hand is raised. Stays over a restart of the server, which forgets it. */
  #isWished = false;
  /** This participant's id when its hand was raised. */
  #raisedAs = '';
  /** The own hand when this last looked: whose and since when in the call, and its number. */
  #held: { in: string; n: number } | null = null;
  /** True until the person is told that somebody else lowered it. */
  #isToTell = false;
  /** True from a restart of the server until the call is entered again. */
  #isForgotten = false;
  /** What was asked last, until the server answers. */
  #asked: boolean | null = null;
  /** How many such questions the server has not answered. */
  #pending = 0;
  /** True from asking to lower the hand until it is down: a restart meanwhile must not raise it again. */
  #isLowered = false;

  constructor(parts: HandsParts) {
    this.#parts = parts;
    this.#reading = new Reading(parts.term, parts.say);
    this.#restrictions = new Restrictions(parts);
    this.#passing = new Passing(parts);
    parts.element.addController(this);
    this.hostUpdated();
    parts.element.requestUpdate();
  }

  get isRaised(): boolean {
    return this.#own?.call?.hand !== undefined;
  }

  hostUpdated(): void {
    const { call, element } = this.#parts;
    const { session } = call.room;
    if (session !== this.#session) this.#follow(session);
    // Elements of one room share the call. The others go on with it when this one is removed or changes its room.
    if (call.shared) call.shared.given.handOf = (id) => handIn(session, id);
    this.#look();
    this.#passing.look();
    this.#tellLowered();
    // There is no root before the element was in a document.
    for (const tile of element.shadowRoot?.querySelectorAll<VideoTile>('.tile') ?? []) this.#mark(tile);
  }

  hostDisconnected(): void {
    this.#passing.close();
  }

  /** Resolves to the new state. @throws CodedError `not-in-room` … */
  async raiseHand(on?: boolean): Promise<boolean> {
    // No message can be made of some objects.
    if (on !== undefined && typeof on !== 'boolean') throw new CodedError('payload-invalid');
    const session = this.#mustBeIn();
    // The second of two quick presses undoes the first, which the server has not answered yet.
    const wanted = on ?? !(this.#asked ?? this.isRaised);
    this.#asked = wanted;
    this.#isLowered = !wanted;
    if (!wanted) this.#isWished = this.#isForgotten = false;
    this.#pending++;
    const ofPage = questionsIn(session);
    ofPage.pending++;
    if (!wanted) ofPage.lowered = this.#own?.call?.hand?.n;
    try {
      await session.moderate('call:hand', { on: wanted });
    } catch (error) {
      // A refused command left it up. After any other error, the next snapshot tells.
      if (!DOUBTFUL.includes(CodedError.from(error).code)) {
        this.#isLowered = false;
        delete ofPage.lowered;
      }
      this.#look();
      throw error;
    } finally {
      ofPage.pending--;
      if (--this.#pending === 0) this.#asked = null;
    }
    return wanted;
  }

  /** @throws CodedError `payload-invalid` for a text that is not one emoji, `not-in-room`, `rate-limited` … */
  async react(emoji: string): Promise<void> {
    if (!isEmoji(emoji)) throw new CodedError('payload-invalid');
    await this.#mustBeIn().moderate('call:react', { emoji });
  }

  get #own() {
    const { selfId, participants = [] } = this.#session?.store.get() ?? {};
    return participants.find(({ id }) => id === selfId);
  }

  get #queue(): string[] {
    return handsOf(this.#session?.store.get().participants ?? []).map(({ id }) => id);
  }

  #mark(tile: VideoTile): void {
    const { term, icon } = this.#parts;
    const { id } = tile.participant;
    if (tile.screen) return;
    // A new tile has not rendered yet.
    if (!tile.hasUpdated) return void tile.updateComplete.then(() => this.#mark(tile));
    const place = handIn(this.#session, id)?.place ?? null;
    renderTileMarks(tile, { place, emoji: this.#reactions.get(id)?.emoji, icon, term });
  }

  get #isIn(): boolean {
    return isInside(this.#parts);
  }

  #mustBeIn(): RoomSession {
    if (!this.#session || !this.#isIn) throw new CodedError('not-in-room');
    return this.#session;
  }

  #follow(session: RoomSession | null): void {
    for (const end of this.#ends.splice(0)) end();
    this.#session = session;
    this.#isWished = this.#isLowered = this.#isToTell = false;
    this.#held = null;
    this.#restrictions.reset();
    this.#forgetReactions();
    if (!session) return;
    this.#ends = [
      session.store.subscribe(() => this.#look()),
      session.events.on('resumed', () => {
        if (this.#pending === 0) this.#isLowered = false;
        this.#look();
        const ofPage = questionsIn(session);
        if (this.isRaised && ofPage.pending === 0) delete ofPage.lowered;
      }),
      session.events.on('reaction', (reaction) => this.#onReaction(reaction)),
    ];
    // A restriction may have come and gone while this was loaded.
    if (this.#isIn && namesIn(this.#parts.restricted).some((device) => this.#isMissing(device))) session.updateCall({});
  }

  /** Compares what is with what was told. Called for each change of the room, and for each change of the call. */
  #look(): void {
    this.#keepHand();
    this.#tellHands();
    this.#tellPermissions();
    this.#restrictions.look(this.#session?.store.get() ?? null, this.#isIn);
  }

  /**
   * A restarted server forgets hands, and gives the presence in the call a new `since`, or this participant a new id:
   * the hand is raised again.
   */
  #keepHand(): void {
    const { id = '', call } = this.#own ?? {};
    const isOther = this.#isWished && id !== this.#raisedAs;
    const held = this.#held;
    const presence = `${id} ${call?.since}`;
    this.#held = call?.hand && this.#isIn ? { in: presence, n: call.hand.n } : null;
    if (!this.#isIn || !call) {
      if (!this.#isIn) this.#isWished = this.#isForgotten = this.#isLowered = this.#isToTell = false;
    } else if (call.since === undefined) this.#isForgotten = this.#isWished;
    else if (call.hand) {
      this.#isWished = !this.#isLowered;
      this.#isForgotten = false;
      this.#raisedAs = id;
      this.#forgetLowered();
    } else if (this.#isForgotten || isOther) {
      this.#isForgotten = false;
      this.#raisedAs = id;
      this.raiseHand(true).catch(ignore);
    } else {
      this.#isWished = this.#isLowered = false;
      const { pending, lowered } = questionsIn(this.#session!);
      // The hand went down in the same presence, and the page did not ask for it: the person would wait in vain.
      if (held?.in === presence && held.n !== lowered && pending === 0) {
        this.#isToTell = true;
        this.#parts.element.requestUpdate();
      }
    }
  }

  /** Tells it once nothing more urgent is said. A moderator who lowers all hands, the own one too, knows it. */
  #tellLowered(): void {
    const { actions, element } = this.#parts;
    if (!this.#isToTell || !this.#passing.isFree) return;
    this.#isToTell = false;
    if (this.#session?.store.get().role === 'moderator') return;
    actions.trouble = 'callHandLowered';
    element.requestUpdate();
  }

  /** The hand is up again. */
  #forgetLowered(): void {
    const { actions, element } = this.#parts;
    this.#isToTell = false;
    if (actions.trouble !== 'callHandLowered') return;
    actions.trouble = null;
    element.requestUpdate();
  }

  #tellHands(): void {
    const { call, element } = this.#parts;
    const queue = this.#isIn ? this.#queue : [];
    const people = this.#isIn ? call.given : [];
    // Without its own event, a page that lists hands would keep a participant who is gone.
    const gone = [...this.#told.values()].filter(({ id }) => !people.some((person) => person.id === id));
    for (const person of [...gone, ...people]) {
      const raised = queue.includes(person.id) && !gone.includes(person);
      if (raised === this.#told.has(person.id)) continue;
      if (raised) this.#told.set(person.id, person);
      else this.#told.delete(person.id);
      if (raised && !person.isSelf) this.#reading.handleHand(person.displayName);
      tellFact(element, new HandChangeEvent(person, raised));
      element.requestUpdate();
    }
  }

  #tellPermissions(): void {
    const permissions = permissionsOf(this.#session?.store.get());
    if (JSON.stringify(permissions) === JSON.stringify(this.#permissions)) return;
    this.#permissions = permissions;
    tellFact(this.#parts.element, new PermissionsChangeEvent(permissions));
    this.#parts.element.requestUpdate();
  }

  /** Whether the server does not tell others of a device that is on. */
  #isMissing(device: keyof Restricted): boolean {
    return this.#parts.call[device] && !this.#own?.call?.tracks.some(({ source }) => source === device);
  }

  #onReaction({ from, emoji }: Facts['call:reacted']): void {
    const { call, element } = this.#parts;
    const person = call.given.find(({ id }) => id === from);
    if (!person || !isEmoji(emoji)) return;
    clearTimeout(this.#reactions.get(from)?.timer);
    const timer = setTimeout(() => {
      this.#reactions.delete(from);
      element.requestUpdate();
    }, SHOWN_MS);
    this.#reactions.set(from, { emoji, timer });
    if (!person.isSelf) this.#reading.handleReaction(person.displayName, emoji);
    tellFact(element, new ReactionReceiveEvent(person, emoji));
    element.requestUpdate();
  }

  #forgetReactions(): void {
    for (const { timer } of this.#reactions.values()) clearTimeout(timer);
    this.#reactions.clear();
    this.#reading.close();
  }
}
