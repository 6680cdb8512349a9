/** A modal dialog of a call that the page hides would keep the page from being pressed, without being seen. */
import { expect } from 'chai';
import { joinedCall, pressInMenu, reaches, removeCalls } from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(async () => {
  await removeCalls();
  for (const section of document.querySelectorAll('section')) section.remove();
});

const DIALOGS = [
  ['settings-button', 'sarangbang-settings-dialog'],
  ['moderation-button', 'sarangbang-moderation'],
] as const;

const HIDINGS: [name: string, hide: (section: HTMLElement) => void][] = [
  ['takes its box', (section) => (section.style.display = 'none')],
  ['hides it by attribute', (section) => (section.hidden = true)],
  ['hides it until it is found', (section) => section.setAttribute('hidden', 'until-found')],
  ['skips its contents', (section) => (section.style.contentVisibility = 'hidden')],
  [
    'closes the details around it',
    (section) => {
      const details = document.createElement('details');
      details.open = true;
      section.before(details);
      // Moving the element does not count as hiding it: its dialog opens again. Closing the details does.
      details.append(section);
      details.open = false;
    },
  ],
];

async function openIn(button: string, inner: string) {
  const section = document.createElement('section');
  document.body.append(section);
  const call = await joinedCall({ parent: section, attributes: { muted: '', 'camera-off': '' } });
  const open = async (): Promise<HTMLDialogElement> => {
    await pressInMenu(call, button);
    return eventually('the dialog', () =>
      call.shadowRoot!.querySelector(inner)?.shadowRoot?.querySelector<HTMLDialogElement>('dialog:modal'),
    );
  };
  return { section, call, open, dialog: await open() };
}

describe('an open dialog of a call', () => {
  for (const [button, inner] of DIALOGS) {
    for (const [name, hide] of HIDINGS) {
      it(`of ${inner} is put away when the page ${name}`, async () => {
        const { section, call } = await openIn(button, inner);
        hide(section);
        await eventually(
          'no modal dialog',
          () => !call.shadowRoot!.querySelector(inner)?.shadowRoot?.querySelector('dialog:modal'),
        );
        expect(call.state).to.equal('joined');
      });
    }

    it(`of ${inner} returns with the call, and stays while the call is only out of sight`, async () => {
      const { section, call, open, dialog } = await openIn(button, inner);
      section.hidden = true;
      await eventually('put away', () => !dialog.isConnected);
      section.hidden = false;
      const again = await open();
      section.style.cssText = 'position: absolute; inset-block-start: 9000px';
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      expect(again.open).to.equal(true);
      section.style.cssText = 'visibility: hidden';
      expect(getComputedStyle(again).visibility, 'seen though the page hides what is around it').to.equal('visible');
      await reaches(call, 'joined');
    });
  }
});
