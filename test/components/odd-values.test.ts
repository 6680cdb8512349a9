/** What a framework may hand to the properties of the elements: anything at all. */
import { expect } from 'chai';
import '../../components/index.ts';
import type { VideoCall } from '../../components/video-call/video-call.ts';
import { createCall, freshRoom, joinedCall, reaches, removeCalls } from '../support/browser/calls.ts';
import { clearHouse } from '../support/browser/chats.ts';
import { CHOICES } from '../support/browser/choices.ts';
import { serverUrl } from '../support/server/real-server.ts';
import { eventually } from '../support/waiting.ts';

/** Every property of the elements that holds a text, with what it is by default. */
const TEXTS = {
  'video-call': {
    room: '',
    server: '',
    displayName: '',
    token: '',
    buttons: 'microphone camera screen hand more leave',
  },
  'chat-room': { room: '', server: '', displayName: '', token: '' },
  'room-list': { server: '', token: '', for: '', selected: '' },
  'device-picker': { for: '', kinds: 'audioinput videoinput audiooutput' },
} as const;

const throwing = () => {
  throw new Error('not to be asked');
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();

/** Values that are no text, so a property treats them like an absent attribute. */
const NONE: Record<string, unknown> = {
  null: null,
  undefined,
  'a symbol': Symbol('room'),
  'an object without a prototype': Object.create(null),
  'an object whose string throws': { toString: throwing },
  'an object whose string is a symbol': { toString: () => Symbol('room') },
  'an object whose string is an object': { toString: () => ({}), valueOf: () => ({}) },
  'a proxy that was revoked': revoked.proxy,
  'document.all': document.all,
};

/** Values that count as a text, each with that text. */
const SOME: Record<string, [value: unknown, text: string]> = {
  'a number': [42, '42'],
  zero: [0, '0'],
  'not a number': [Number.NaN, 'NaN'],
  infinity: [-Infinity, '-Infinity'],
  'a bigint': [9007199254740993n, '9007199254740993'],
  true: [true, 'true'],
  false: [false, 'false'],
  'a URL': [new URL('http://127.0.0.1:9/x'), 'http://127.0.0.1:9/x'],
  'a date': [new Date(Date.UTC(2026, 0, 2)), String(new Date(Date.UTC(2026, 0, 2)))],
  'an array': [['a', 'b'], 'a,b'],
  'an empty array': [[], ''],
  'an object': [{}, '[object Object]'],
  'a boxed string': [Object('hall'), 'hall'],
  'an object with a string': [{ toString: () => 'hall', valueOf: throwing }, 'hall'],
  'a function': [throwing, String(throwing)],
  'an element': [document.body, '[object HTMLBodyElement]'],
  'an empty text': ['', ''],
  blanks: ['  ', '  '],
  'a lone surrogate': ['\ud800', '\ud800'],
};

type OddElement = HTMLElement & { updateComplete: Promise<unknown> } & Record<string, unknown>;

let uncaught: string[] = [];
function onError(event: ErrorEvent | PromiseRejectionEvent): void {
  uncaught.push(String('reason' in event ? event.reason : event.message));
}

beforeEach(() => {
  uncaught = [];
  addEventListener('error', onError);
  addEventListener('unhandledrejection', onError);
});
afterEach(async () => {
  removeEventListener('error', onError);
  removeEventListener('unhandledrejection', onError);
  document.querySelectorAll('room-list, device-picker').forEach((element) => element.remove());
  await removeCalls();
  await clearHouse();
});

describe('a property that holds a text', () => {
  for (const [tag, properties] of Object.entries(TEXTS)) {
    for (const [name, byDefault] of Object.entries(properties)) {
      it(`<${tag}> ${name}: takes whatever is handed over`, async () => {
        const element = document.createElement(tag) as OddElement;
        if (name !== 'server' && 'server' in element) element['server'] = await serverUrl();
        document.body.append(element);
        expect(element[name], 'by default').to.equal(byDefault);
        const table = [
          ...Object.entries(NONE).map(([what, value]) => [what, value, byDefault] as const),
          ...Object.entries(SOME).map(([what, [value, text]]) => [what, value, text] as const),
        ];
        for (const [what, value, text] of table) {
          element[name] = 'something else';
          element[name] = value;
          expect(element[name], what).to.equal(text);
          await element.updateComplete;
        }
        element[name] = byDefault;
        await element.updateComplete;
        expect(uncaught).to.deep.equal([]);
      });
    }

    it(`<${tag}>: takes what was set before it was known, as its own`, async () => {
      const [given] = Object.keys(properties);
      for (const [what, [value, text]] of Object.entries(SOME).slice(0, 6)) {
        const template = document.createElement('template');
        template.innerHTML = `<${tag}></${tag}>`;
        const element = template.content.firstElementChild as OddElement;
        element[given!] = value;
        document.body.append(element);
        await element.updateComplete;
        expect(element[given!], what).to.equal(text);
        element.remove();
      }
      expect(uncaught).to.deep.equal([]);
    });
  }
});

describe('a property with a list of values', () => {
  for (const [name, values] of Object.entries(CHOICES))
    it(`${name}: reads back as one of them`, () => {
      const call = document.createElement('video-call') as unknown as OddElement;
      const attribute = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const [byDefault] = values;
      for (const value of values) {
        call[name] = value.toUpperCase();
        expect(call[name]).to.equal(value);
        call[name] = byDefault;
        call.setAttribute(attribute, `${value[0]!.toUpperCase()}${value.slice(1)}`);
        expect(call[name], 'by its attribute').to.equal(value);
      }
      const others = [...Object.values(NONE), ...Object.values(SOME).map(([value]) => value), `${values[1]!} `];
      for (const other of others) {
        call[name] = values[1];
        call[name] = other;
        expect(call[name]).to.equal(byDefault);
      }
      call.setAttribute(attribute, values[1]!);
      call.setAttribute(attribute, 'nonsense');
      expect(call[name], 'by its attribute').to.equal(byDefault);
      expect(call.getAttribute(attribute)).to.equal('nonsense');
    });
});

describe('a room that is no string', () => {
  const room = () => Math.floor(Math.random() * 1e9);

  it('is entered by its string, and a running call goes there', async () => {
    const call = await joinedCall();
    const leaves: string[] = [];
    call.addEventListener('call-leave', (event) => leaves.push(event.room));
    const [before, next] = [call.room, room()];
    Object.assign(call, { room: next });
    await eventually('in the room of that number', () => call.state === 'joined' && leaves.includes(before));
    expect(call.room).to.equal(String(next));
    expect(leaves).to.deep.equal([before]);
    expect(uncaught).to.deep.equal([]);
  });

  it('ends a running call where it is none', async () => {
    for (const [what, value] of Object.entries(NONE)) {
      const call = await joinedCall();
      Object.assign(call, { room: value });
      await eventually(`out of the room by ${what}`, () => call.state === 'idle');
      expect(call.room).to.equal('');
      await removeCalls();
    }
    expect(uncaught).to.deep.equal([]);
  }).timeout(60_000);

  it('counts beside a server that is a URL and a name that is a number', async () => {
    const call = await createCall();
    Object.assign(call, { server: new URL(await serverUrl()), displayName: 7, room: room() });
    await reaches(call, 'prejoin');
    await call.join();
    expect(call.participants[0]!.displayName).to.equal('7');
  });
});

describe('a role that a framework assigns', () => {
  it('is the ARIA role, and tells the participant’s role as before', async () => {
    const call: VideoCall = await createCall({ room: freshRoom() });
    for (const [what, [value, text]] of Object.entries(SOME)) {
      Object.assign(call, { role: value });
      expect(call.getAttribute('role'), what).to.equal(text);
      expect(call.role).to.be.oneOf(['participant', 'moderator']);
    }
    for (const [what, value] of Object.entries(NONE)) {
      call.setAttribute('role', 'region');
      Object.assign(call, { role: value });
      expect(call.hasAttribute('role'), what).to.equal(false);
    }
  });
});

describe('what is no text among the other properties', () => {
  const values = [...Object.values(NONE), ...Object.values(SOME).map(([value]) => value)];

  it('the devices of a picker take what is no choice for none', async () => {
    const picker = document.createElement('device-picker');
    document.body.append(picker);
    await picker.updateComplete;
    for (const value of values) {
      // Reading any property of a revoked proxy throws, so it cannot be the whole value.
      if (value !== revoked.proxy) Object.assign(picker, { value });
      Object.assign(picker, { value: { audiooutput: value } });
      await picker.updateComplete;
    }
    expect(uncaught).to.deep.equal([]);
  });

  it('a switch of the elements is on or off', async () => {
    const call = await createCall({ room: freshRoom() });
    for (const value of values) {
      const switches = {
        unlisted: value,
        muted: value,
        cameraOff: value,
        audioOnly: value,
        noControls: value,
        relayOnly: value,
      };
      Object.assign(call, switches);
      await call.updateComplete;
    }
    Object.assign(call, { unlisted: 42n, audioOnly: 'yes', relayOnly: false, room: freshRoom() });
    await reaches(call, 'prejoin');
    await call.join();
    expect(uncaught).to.deep.equal([]);
  });
});
