/** Only the innermost element that uses a key gets it, and not the page. Nobody does while an IME composes a letter. */
import { expect } from 'chai';
import '../../components/video-call/index.ts';
import { joinedCall, partOf as callPart, pressInMenu, removeCalls } from '../support/browser/calls.ts';
import { clearHouse, createList, freshRoom, joinedChat, partOf, partsOf, rowOf } from '../support/browser/chats.ts';
import { eventually } from '../support/waiting.ts';

afterEach(async () => {
  await clearHouse();
  await removeCalls();
});

interface Place {
  name: string;
  key: string;
  /** Resolves to the element in which the key is pressed, and a function that tells whether it has had its effect. */
  open: () => Promise<{ target: HTMLElement; isDone: () => unknown }>;
  /** True if the key has the same effect with Ctrl, Alt or Meta. */
  withModifiers?: boolean;
}

async function openRow(part: 'edit-button' | 'delete-button', field: string) {
  const chat = await joinedChat();
  await chat.sendMessage('first');
  const row = await rowOf(chat, 'first');
  row.querySelector<HTMLElement>(`[part~="${part}"]`)!.click();
  const target = await eventually(field, () => partsOf(chat, field)[0]);
  return { chat, target, isGone: () => partsOf(chat, field).length === 0 };
}

async function typed(target: HTMLElement, text: string): Promise<void> {
  (target as HTMLTextAreaElement).value = text;
  target.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

async function openDialog(button: string, inner: string) {
  const call = await joinedCall({ attributes: { muted: '', 'camera-off': '' } });
  await pressInMenu(call, button);
  const dialog = await eventually('the dialog', () =>
    call.shadowRoot!.querySelector(inner)?.shadowRoot?.querySelector<HTMLDialogElement>('dialog[open]'),
  );
  return { call, dialog };
}

async function openQuestion() {
  const { call, dialog } = await openDialog('moderation-button', 'sarangbang-moderation');
  dialog.querySelector<HTMLElement>('.end')!.click();
  const target = await eventually('the question', () => dialog.querySelector<HTMLElement>('.question .no'));
  return { call, dialog, target };
}

async function roomButtons() {
  const room = freshRoom('keys');
  await joinedChat({ attributes: { room } });
  const list = await createList();
  await eventually('two rooms', () => partsOf(list, 'item').length >= 1);
  await joinedChat({ attributes: { room: freshRoom('keys') } });
  return eventually('two rooms', () => {
    const items = partsOf(list, 'item');
    return items.length >= 2 ? { list, items } : null;
  });
}

const PLACES: Place[] = [
  {
    name: 'in the editor of a message',
    key: 'Escape',
    open: async () => {
      const { target, isGone } = await openRow('edit-button', 'edit-input');
      return { target, isDone: isGone };
    },
  },
  {
    name: 'in the editor of a message',
    key: 'Enter',
    withModifiers: true,
    open: async () => {
      const { chat, target } = await openRow('edit-button', 'edit-input');
      await typed(target, 'second');
      return { target, isDone: () => chat.messages.some(({ text }) => text === 'second') };
    },
  },
  {
    name: 'in the question before a deletion',
    key: 'Escape',
    open: async () => {
      const { target, isGone } = await openRow('delete-button', 'delete-confirm-button');
      return { target, isDone: isGone };
    },
  },
  {
    name: 'in the field of the own name',
    key: 'Escape',
    open: async () => {
      const chat = await joinedChat();
      partOf(chat, 'name').click();
      const target = await eventually('the field', () => partsOf(chat, 'name-input')[0]);
      return { target, isDone: () => partsOf(chat, 'name-input').length === 0 };
    },
  },
  {
    name: 'in the composer',
    key: 'Enter',
    withModifiers: true,
    open: async () => {
      const chat = await joinedChat();
      await typed(partOf(chat, 'input'), 'said');
      return { target: partOf(chat, 'input'), isDone: () => chat.messages.some(({ text }) => text === 'said') };
    },
  },
  {
    name: 'in the empty composer',
    key: 'ArrowUp',
    open: async () => {
      const chat = await joinedChat();
      await chat.sendMessage('first');
      await rowOf(chat, 'first');
      return { target: partOf(chat, 'input'), isDone: () => partsOf(chat, 'edit-input').length === 1 };
    },
  },
  {
    name: 'on the buttons of a message',
    key: 'ArrowRight',
    open: async () => {
      const chat = await joinedChat();
      await chat.sendMessage('first');
      const target = (await rowOf(chat, 'first')).querySelector<HTMLElement>('[part~="edit-button"]')!;
      target.focus();
      return { target, isDone: () => (chat.shadowRoot!.activeElement as HTMLElement).part.contains('delete-button') };
    },
  },
  ...['ArrowDown', 'End'].map((key): Place => ({
    name: 'in the list of rooms',
    key,
    open: async () => {
      const { list, items } = await roomButtons();
      items[0]!.focus();
      return { target: items[0]!, isDone: () => list.shadowRoot!.activeElement !== items[0] };
    },
  })),
  {
    name: 'in the settings of a call',
    key: 'Escape',
    open: async () => {
      const { dialog } = await openDialog('settings-button', 'sarangbang-settings-dialog');
      return { target: dialog.querySelector<HTMLElement>('button')!, isDone: () => !dialog.open };
    },
  },
  {
    name: 'in the moderator’s dialog',
    key: 'Escape',
    open: async () => {
      const { dialog } = await openDialog('moderation-button', 'sarangbang-moderation');
      return { target: dialog.querySelector<HTMLElement>('input')!, isDone: () => !dialog.open };
    },
  },
  {
    name: 'in a question of the moderator’s dialog',
    key: 'Escape',
    open: async () => {
      const { target, dialog } = await openQuestion();
      return { target, isDone: () => dialog.querySelector('.question') === null };
    },
  },
];

/** Presses a key; returns what became of the event. Safari marks a key of a composition only by `keyCode` 229. */
function press(target: HTMLElement, init: KeyboardEventInit): { prevented: boolean; heardOutside: boolean } {
  let heardOutside = false;
  const listener = (): void => void (heardOutside = true);
  document.addEventListener('keydown', listener);
  const event = new KeyboardEvent('keydown', { bubbles: true, composed: true, cancelable: true, ...init });
  target.dispatchEvent(event);
  document.removeEventListener('keydown', listener);
  return { prevented: event.defaultPrevented, heardOutside };
}

/** Resolves after two frames, when every effect of a key has been drawn. */
const drawn = (): Promise<unknown> =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

describe('a key', () => {
  for (const { name, key, open, withModifiers = false } of PLACES) {
    it(`${key} ${name} is nobody's while letters are composed, and used up when it is one`, async () => {
      const { target, isDone } = await open();
      const others: KeyboardEventInit[] = [{ isComposing: true }, { keyCode: 229 }];
      if (!withModifiers) others.push({ ctrlKey: true }, { altKey: true }, { metaKey: true }, { shiftKey: true });
      for (const other of others) {
        expect(press(target, { key, ...other }).prevented, JSON.stringify(other)).to.equal(false);
        await drawn();
        expect(isDone(), JSON.stringify(other)).to.equal(false);
      }
      document.addEventListener('keydown', (event) => event.preventDefault(), { capture: true, once: true });
      press(target, { key });
      await drawn();
      expect(isDone(), 'used up by the page').to.equal(false);

      expect(press(target, { key })).to.deep.equal({ prevented: true, heardOutside: false });
      await eventually('done', isDone);
    });
  }

  it('ends the innermost alone: a question, then its dialog', async () => {
    const { dialog, target, call } = await openQuestion();
    press(target, { key: 'Escape' });
    await eventually('the question is gone', () => !dialog.querySelector('.question'));
    expect(dialog.open).to.equal(true);
    const panel = call.shadowRoot!.querySelector('sarangbang-moderation')!.shadowRoot!;
    await eventually('the keyboard is where it was asked', () => panel.activeElement?.classList.contains('end'));
    press(panel.activeElement as HTMLElement, { key: 'Escape' });
    await eventually('the dialog is gone', () => !dialog.open);
    expect(call.state).to.equal('joined');
  });
});

describe('what is typed into a field', () => {
  const WRITTEN = ['m', 'M', '?', '/', ' ', 'ㅁ', '😀', 'Backspace', 'Delete', 'ArrowLeft', 'Home', 'PageUp'];
  const PASSED: KeyboardEventInit[] = [
    { key: 'k', ctrlKey: true },
    { key: 'k', metaKey: true },
    { key: 'Tab' },
    { key: 'F5' },
    { key: 'Escape' },
  ];

  const FIELDS: [name: string, find: () => Promise<HTMLElement>][] = [
    ['a message', async () => partOf(await joinedChat(), 'input')],
    [
      'the own name',
      async () => {
        const chat = await joinedChat();
        partOf(chat, 'name').click();
        return eventually('the field', () => partsOf(chat, 'name-input')[0]);
      },
    ],
    ['the name of a room', async () => partOf(await createList(), 'input')],
    [
      'an announcement',
      async () =>
        (await openDialog('moderation-button', 'sarangbang-moderation')).dialog.querySelector<HTMLElement>('input')!,
    ],
  ];
  for (const [name, find] of FIELDS) {
    it(`fires no shortcut of the page: ${name}`, async () => {
      const field = await find();
      await typed(field, 'x');
      for (const key of WRITTEN)
        expect(press(field, { key }), key).to.deep.equal({ prevented: false, heardOutside: false });
      // The other fields use Escape themselves, so it does not reach the page.
      for (const init of PASSED.filter(({ key }) => key !== 'Escape' || name === 'a message')) {
        expect(press(field, init), init.key).to.deep.equal({ prevented: false, heardOutside: true });
      }
    });
  }

  it('is still heard on the element, and from a button by the page', async () => {
    const chat = await joinedChat();
    let heard = 0;
    chat.addEventListener('keydown', () => heard++);
    press(partOf(chat, 'input'), { key: 'm' });
    expect(heard).to.equal(1);
    expect(press(partOf(chat, 'send-button'), { key: 'm' }).heardOutside).to.equal(true);
  });
});

/** The data of a drag: a file, a link or a text. */
function dragged(kind: 'file' | 'link' | 'text'): DataTransfer {
  const data = new DataTransfer();
  if (kind === 'file') data.items.add(new File(['x'], 'x.txt', { type: 'text/plain' }));
  else data.setData(kind === 'link' ? 'text/uri-list' : 'text/plain', 'https://a.example/');
  return data;
}

function drop(target: HTMLElement, kind: 'file' | 'link' | 'text'): boolean[] {
  return ['dragover', 'drop'].map(
    (type) =>
      !target.dispatchEvent(
        new DragEvent(type, { bubbles: true, composed: true, cancelable: true, dataTransfer: dragged(kind) }),
      ),
  );
}

describe('what is dropped', () => {
  it('on a chat does not replace the page; that files cannot be sent is said', async () => {
    const chat = await joinedChat();
    const [log, input] = [partOf(chat, 'log'), partOf(chat, 'input')];
    expect([drop(log, 'link'), drop(log, 'text'), drop(input, 'link'), drop(input, 'text')]).to.deep.equal([
      [true, true],
      [false, false],
      [false, false],
      [false, false],
    ]);
    await chat.updateComplete;
    expect(partOf(chat, 'counter').hidden).to.equal(true);
    for (const place of [log, input]) {
      expect(drop(place, 'file')).to.deep.equal([true, true]);
      await chat.updateComplete;
      expect(partOf(chat, 'counter').checkVisibility()).to.equal(true);
      expect(partOf(chat, 'counter').textContent).to.contain('Files can’t be sent');
      await typed(input, 'x');
      await chat.updateComplete;
      expect(partOf(chat, 'counter').hidden, 'gone with the next letter').to.equal(true);
    }
  });

  it('belongs to the page where the page takes it', async () => {
    const zone = document.createElement('section');
    document.body.append(zone);
    const taken: number[] = [];
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      taken.push(event.dataTransfer!.files.length);
    });
    const chat = await joinedChat({ parent: zone });
    drop(partOf(chat, 'log'), 'file');
    await chat.updateComplete;
    expect(taken).to.deep.equal([1]);
    expect(partOf(chat, 'counter').hidden, 'nothing is said').to.equal(true);
    zone.remove();
  });

  it('on a list or a call does not replace the page', async () => {
    const list = await createList();
    const call = await joinedCall({ attributes: { muted: '', 'camera-off': '' } });
    expect([drop(list, 'file'), drop(call, 'file'), drop(callPart(call, 'stage'), 'file')]).to.deep.equal([
      [true, true],
      [true, true],
      [true, true],
    ]);
  });

  it('and pasted: a picture is refused in words, a text beside it is taken', async () => {
    const chat = await joinedChat();
    const paste = async (data: DataTransfer): Promise<boolean> => {
      partOf(chat, 'input').dispatchEvent(
        new ClipboardEvent('paste', { bubbles: true, composed: true, clipboardData: data }),
      );
      await chat.updateComplete;
      return !partOf(chat, 'counter').hidden;
    };
    const both = dragged('file');
    both.setData('text/plain', 'said');
    expect([await paste(both), await paste(dragged('text')), await paste(dragged('file'))]).to.deep.equal([
      false,
      false,
      true,
    ]);
  });
});
