/** Values that a page gives to the elements: each way in which templates write them, before and after `define()`. */
import { expect } from 'chai';
import type { LitElement } from 'lit';
import { define } from '../../components/define.ts';
import '../../components/index.ts';
import type { DevicePicker } from '../../components/device-picker/device-picker.ts';
import type { VideoCall } from '../../components/video-call/video-call.ts';
import { createCall, freshRoom, reaches, removeCalls } from '../support/browser/calls.ts';
import { CHOICES } from '../support/browser/choices.ts';
import { serverUrl } from '../support/server/real-server.ts';
import { eventually } from '../support/waiting.ts';

type Given = LitElement & Record<string, unknown>;

const TAGS = ['video-call', 'chat-room', 'room-list', 'device-picker'] as const;

const BOOLEANS: [tag: (typeof TAGS)[number], property: string, attribute: string][] = [
  ['video-call', 'unlisted', 'unlisted'],
  ['video-call', 'autojoin', 'autojoin'],
  ['video-call', 'muted', 'muted'],
  ['video-call', 'cameraOff', 'camera-off'],
  ['video-call', 'audioOnly', 'audio-only'],
  ['video-call', 'noControls', 'no-controls'],
  ['video-call', 'relayOnly', 'relay-only'],
  ['video-call', 'sounds', 'sounds'],
  ['video-call', 'pushToTalk', 'push-to-talk'],
  ['video-call', 'noShortcuts', 'no-shortcuts'],
  ['video-call', 'saveData', 'save-data'],
  ['chat-room', 'unlisted', 'unlisted'],
  ['chat-room', 'readonly', 'readonly'],
  ['room-list', 'noCreate', 'no-create'],
  ['device-picker', 'preview', 'preview'],
];

const NO_WORDS = ['false', 'null', 'undefined', 'none', 'nil', '0', 'no', 'off'];
const NO_TEXTS = NO_WORDS.flatMap((word) => [
  word,
  word.toUpperCase(),
  word[0]!.toUpperCase() + word.slice(1),
  ` ${word}`,
  `${word}\n`,
  `\t ${word.toUpperCase()}\u00a0 `,
]);
const YES_TEXTS = [
  '',
  ' ',
  'true',
  'True',
  'yes',
  'on',
  '1',
  'autojoin',
  'NaN',
  '00',
  '0.0',
  '-0',
  'false false',
  'falsey',
  'not',
  'n0',
  'none.',
  'o ff',
  '"false"',
  'falſe',
  'nıl',
];
/** Other values that mean "off" or "none" for a property. */
const NO_VALUES: unknown[] = [
  false,
  null,
  undefined,
  NaN,
  0,
  -0,
  0n,
  Object('false'),
  ['off'],
  { toString: () => ' No ' },
  document.all,
];
const YES_VALUES: unknown[] = [true, 1, -1, 1n, Infinity, {}, [], new Date(0), () => false, Object('')];

function tableOf<T>(no: readonly T[], yes: readonly T[]): [value: T, is: boolean][] {
  return [...no.map((value): [T, boolean] => [value, false]), ...yes.map((value): [T, boolean] => [value, true])];
}

const TEXTS = tableOf(NO_TEXTS, YES_TEXTS);
const VALUES = [...TEXTS, ...tableOf(NO_VALUES, YES_VALUES)];

const squash = (attribute: string) => attribute.replaceAll('-', '');

let prefixes = 0;

/** Elements of names that are not defined yet; `arrive` defines them, as a script that comes late. */
class LatePage {
  readonly prefix = `late${++prefixes}`;
  readonly root = document.createElement('section');

  create(tag: string, attributes: Record<string, string> = {}, properties: object = {}): Given {
    const element = document.createElement(`${this.prefix}-${tag}`);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    Object.assign(element, properties);
    this.root.append(element);
    return element as Given;
  }

  arrive(): void {
    define(this.prefix);
    customElements.upgrade(this.root);
  }
}

afterEach(async () => {
  document.querySelectorAll('section, device-picker, room-list').forEach((element) => element.remove());
  await removeCalls();
});

/** The properties with an attribute, as the class declares them. */
function attributesOf(tag: string): [property: string, attribute: string][] {
  const { elementProperties } = customElements.get(tag) as typeof LitElement;
  return [...elementProperties].flatMap(([name, { attribute, noAccessor }]) => {
    if (attribute === false || noAccessor) return [];
    return [[String(name), typeof attribute === 'string' ? attribute : String(name).toLowerCase()]];
  });
}

describe('a boolean', () => {
  it('stands in this table, whatever element has it', () => {
    const found = TAGS.flatMap((tag) => {
      const element = document.createElement(tag) as unknown as Record<string, unknown>;
      const booleans = attributesOf(tag).filter(([name]) => typeof element[name] === 'boolean');
      return booleans.map(([name, attribute]) => [tag, name, attribute]);
    });
    expect(found).to.have.deep.members(BOOLEANS);
    for (const [name, attribute] of TAGS.flatMap(attributesOf)) expect(squash(attribute)).to.equal(name.toLowerCase());
  });

  it('is what the page says in every way of writing it, in markup and property, early and late', () => {
    const page = new LatePage();
    const early: [element: Given, name: string, is: boolean, how: string][] = [];
    const wrong: string[] = [];
    let cells = 0;
    const check = (element: Given, name: string, is: boolean, how: string): void => {
      cells++;
      if (element[name] !== is) wrong.push(`${element.localName} ${name} ${how}: ${String(element[name])}`);
    };
    for (const [tag, name, attribute] of BOOLEANS) {
      for (const spelling of new Set([attribute, squash(attribute), name])) {
        for (const [text, is] of TEXTS) {
          const how = `${spelling}=${JSON.stringify(text)}`;
          early.push([page.create(tag, { [spelling]: text }), name, is, `${how} before`]);
          const element = document.createElement(tag) as unknown as Given;
          element.setAttribute(spelling, text);
          check(element, name, is, `${how} after`);
          element.removeAttribute(spelling);
          check(element, name, false, `${how} removed`);
        }
      }
      for (const [value, is] of VALUES) {
        const how = `= ${typeof value} ${String(value)}`;
        early.push([page.create(tag, {}, { [name]: value }), name, is, `${how} before`]);
        const outdone = page.create(tag, { [attribute]: is ? 'false' : '' }, { [name]: value });
        early.push([outdone, name, is, `${how} before, over its attribute`]);
        const element = document.createElement(tag) as unknown as Given;
        element[name] = !is;
        element[name] = value;
        check(element, name, is, `${how} after`);
        expect(element.getAttributeNames(), how).to.deep.equal([]);
      }
      early.push([page.create(tag), name, false, 'not at all']);
    }
    page.arrive();
    for (const cell of early) check(...cell);
    expect(wrong).to.deep.equal([]);
    expect(cells).to.be.greaterThan(5_000);
  }).timeout(60_000);
});

describe('an attribute of a different namespace', () => {
  for (const name of ['x:autojoin', 'autojoin', 'x:camera-off', 'cameraoff']) {
    it(`${name} is none of ours`, () => {
      const call = document.createElement('video-call');
      call.setAttribute('autojoin', 'no');
      call.setAttributeNS('http://x.example/', name, 'yes');
      expect([call.autojoin, call.cameraOff]).to.deep.equal([false, false]);
      call.removeAttributeNS('http://x.example/', name.replace('x:', ''));
      expect([call.autojoin, call.cameraOff]).to.deep.equal([false, false]);
    });
  }
});

describe('an attribute with a dash', () => {
  for (const tag of TAGS) {
    for (const [name, attribute] of attributesOf(tag).filter(([, dashed]) => dashed.includes('-'))) {
      it(`<${tag}> ${attribute}: counts before its squashed spelling while it is there`, () => {
        const element = document.createElement(tag) as unknown as Given;
        const byDefault = element[name];
        const isBoolean = typeof byDefault === 'boolean';
        const texts = CHOICES[name]?.slice(1) ?? ['dashed', 'squashed'];
        const [dashed, squashed] = isBoolean ? ['false', ''] : texts;
        const expected = isBoolean
          ? { none: false, dashed: false, squashed: true }
          : { none: byDefault, dashed, squashed };
        const read = (): unknown => element[name];
        element.setAttribute(squash(attribute), squashed!);
        expect(read()).to.equal(expected.squashed);
        element.setAttribute(attribute, dashed!);
        expect(read(), 'both').to.equal(expected.dashed);
        element.setAttribute(squash(attribute), squashed!);
        expect(read(), 'the squashed one is written again').to.equal(expected.dashed);
        element.removeAttribute(attribute);
        expect(read(), 'the dashed one is gone').to.equal(expected.squashed);
        element.setAttribute(attribute, dashed!);
        element.removeAttribute(squash(attribute));
        expect(read(), 'the squashed one is gone').to.equal(expected.dashed);
        element.removeAttribute(attribute);
        expect(read(), 'none').to.equal(expected.none);
        element[name] = squashed === '' ? true : squashed;
        expect(element.getAttributeNames(), 'written by us').to.deep.equal([]);

        const page = new LatePage();
        const both = page.create(tag, { [squash(attribute)]: squashed!, [attribute]: dashed! });
        const turned = page.create(tag, { [attribute]: dashed!, [squash(attribute)]: squashed! });
        const outdone = page.create(tag, { [squash(attribute)]: dashed!, [attribute]: dashed! }, { [name]: squashed });
        page.arrive();
        expect([both[name], turned[name]], 'both in markup').to.deep.equal([expected.dashed, expected.dashed]);
        expect(outdone[name], 'both, and a property').to.equal(expected.squashed);
        outdone.setAttribute(attribute, dashed!);
        expect(outdone[name], 'the dashed one is written later').to.equal(expected.dashed);
        outdone.removeAttribute(attribute);
        outdone.setAttribute(squash(attribute), squashed!);
        expect(outdone[name], 'the squashed one is written later').to.equal(expected.squashed);
      });
    }
  }
});

describe('what was set before the definition', () => {
  const values: Record<string, unknown> = { constraints: { audio: true }, layout: 'grid', kinds: 'audioinput' };

  for (const tag of TAGS) {
    it(`<${tag}>: counts as if it was set after it, for every property`, async () => {
      const { elementProperties } = customElements.get(tag) as typeof LitElement;
      for (const [key, { state, noAccessor }] of elementProperties) {
        if (state || noAccessor) continue;
        const name = String(key);
        const model = document.createElement(tag) as unknown as Given;
        const value = values[name] ?? (typeof model[name] === 'boolean' ? 'yes' : 42);
        model[name] = value;
        const attribute = attributesOf(tag).find(([property]) => property === name)?.[1];
        const page = new LatePage();
        const element = page.create(tag, attribute ? { [attribute]: 'false' } : {}, { [name]: value });
        page.arrive();
        expect(element[name], `${name}, at once`).to.equal(model[name]);
        expect(Object.keys(element), name).not.to.include(name);
        if (attribute) {
          element.setAttribute(attribute, 'off');
          // What a list of values does not name counts as its default.
          const listed = CHOICES[name]?.includes('off') === false;
          const byDefault = (document.createElement(tag) as unknown as Given)[name];
          const other = listed ? byDefault : 'off';
          const later = typeof model[name] === 'boolean' ? false : other;
          expect(element[name], `${name}, an attribute later`).to.equal(later);
        }
        element[name] = value;
        expect(element[name], `${name}, a property later`).to.equal(model[name]);
      }
    });
  }

  it('gives way to what is set after it, even before the first update', async () => {
    const page = new LatePage();
    page.root.hidden = true;
    document.body.append(page.root);
    const early = { displayName: 'early', cameraOff: true, layout: 'grid' };
    const call = page.create('video-call', { layout: 'spotlight' }, early);
    page.arrive();
    expect([call['displayName'], call['cameraOff'], call['layout']]).to.deep.equal(['early', true, 'grid']);
    call['displayName'] = 'late';
    call.setAttribute('camera-off', 'false');
    call.removeAttribute('layout');
    await call.updateComplete;
    expect([call['displayName'], call['cameraOff'], call['layout']]).to.deep.equal(['late', false, 'auto']);
  });

  it('hides no accessor for good, not even a read-only one', () => {
    const page = new LatePage();
    const given = { state: 'joined', participants: 7, role: 'region', plain: 'the page’s own' };
    const call = page.create('video-call', {}, given);
    page.arrive();
    expect(call['state']).to.equal('idle');
    expect(call['participants']).to.deep.equal([]);
    expect([call.getAttribute('role'), call.role]).to.deep.equal(['region', 'participant']);
    expect(call['plain']).to.equal('the page’s own');
  });

  it('chooses the devices of a picker, the last writer’s', async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of stream.getTracks()) track.stop();
    const devices = await navigator.mediaDevices.enumerateDevices();
    const microphones = devices.filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== 'default');
    const [first, second] = microphones.map(({ deviceId }) => deviceId);
    const camera = devices.find(({ kind }) => kind === 'videoinput')!.deviceId;
    const page = new LatePage();
    document.body.append(page.root);
    const value = { audioinput: first, videoinput: camera, audiooutput: null };
    const early = page.create('device-picker', {}, { value }) as unknown as DevicePicker;
    page.arrive();
    early.value = { audioinput: second };
    const has = (microphone: string | undefined, videoinput: string): boolean =>
      early.value.audioinput === microphone && early.value.videoinput === videoinput;
    await eventually('both are chosen', () => has(second, camera));
    early.value = { audioinput: '', videoinput: '' };
    await eventually('back at the default', () => has('', ''));
  });
});

describe('a class of which a page asks what its prototype has', () => {
  // zone.js asks the prototype of every defined class with `hasOwnProperty`; a mixin or a mock may too.
  for (const tag of TAGS) {
    it(`<${tag}> keeps all of it, and so does a class made of it`, () => {
      const elementClass = customElements.get(tag) as typeof LitElement;
      class Made extends elementClass {
        early = 1;
      }
      for (const { prototype } of [elementClass, Made]) {
        const before = Reflect.ownKeys(prototype);
        for (const name of [...before, 'connectedCallback', 'adoptedCallback', 'room']) {
          expect(prototype.hasOwnProperty(name), String(name)).to.equal(before.includes(name));
        }
        expect(Reflect.ownKeys(prototype)).to.deep.equal(before);
      }
      customElements.define(`made-${tag}`, Made);
      const made = document.createElement(`made-${tag}`) as unknown as Given;
      made['server'] = 'http://127.0.0.1:9';
      expect(made.hasOwnProperty('early')).to.equal(true);
      const written = attributesOf(tag).filter(([name]) => Object.hasOwn(made, name));
      expect(written, 'properties that hide an accessor').to.deep.equal([]);
    });
  }
});

describe('a page that was rendered on a server', () => {
  const { mediaDevices } = navigator;
  const capture = mediaDevices.getUserMedia.bind(mediaDevices);
  let asked: MediaStreamConstraints[] = [];

  beforeEach(() => {
    asked = [];
    mediaDevices.getUserMedia = (constraints) => {
      asked.push(constraints ?? {});
      return capture(constraints);
    };
  });
  afterEach(() => void Reflect.deleteProperty(mediaDevices, 'getUserMedia'));

  async function open(attributes: string): Promise<{ call: VideoCall; states: string[] }> {
    const prefix = `late${++prefixes}`;
    const section = document.createElement('section');
    const tag = `${prefix}-video-call`;
    section.innerHTML = `<${tag} server="${await serverUrl()}" room="${freshRoom()}" ${attributes}></${tag}>`;
    document.body.append(section);
    const call = section.firstElementChild as VideoCall;
    const states: string[] = [];
    call.addEventListener('state-change', ({ state }) => states.push(state));
    define(prefix);
    await reaches(call, attributes.includes('autojoin=""') ? 'joined' : 'prejoin');
    return { call, states };
  }

  for (const no of ['false', 'False', ' NULL ', 'undefined', 'None', 'nil', '0', 'no', 'Off']) {
    it(`does not join and opens no camera where it says autojoin="${no}"`, async () => {
      const { call, states } = await open(`autojoin="${no}" cameraoff muted`);
      // Frameworks set the properties again when they hydrate the page.
      Object.assign(call, { autojoin: false, cameraOff: true });
      const attributes = { autojoin: '', 'camera-off': '', muted: '' };
      const watcher = await createCall({ room: call.room, other: true, attributes });
      await reaches(watcher, 'joined');
      expect(watcher.participants.length).to.equal(1);
      expect(states).not.to.include('joining');
      expect(asked.filter(({ video }) => video)).to.deep.equal([]);
    });
  }

  it('joins with the camera where it says so: the control', async () => {
    const { states } = await open('autojoin="" camera-off="false"');
    expect(states).to.include('joining');
    expect(asked.some(({ video }) => video)).to.equal(true);
  });
});
