import { expect } from 'chai';
import { LitElement } from 'lit';
import { Composer } from '../../../components/chat-room/composer.ts';
import '../../../components/chat-room/chat-view.ts';
import { LocaleController } from '../../../components/controllers/locale-controller.ts';

/** The composer of a chat (the field and its choices), without the rest of `<chat-room>`. */
class Desk extends LitElement {
  moderates = true;
  readonly composer = new Composer(this, {
    locale: new LocaleController(this),
    onSend: () => undefined,
    onAnnounce: async () => undefined,
    onTyping: () => undefined,
    onUp: () => false,
  });

  override render() {
    return this.composer.render({
      participants: [],
      nameOf: () => undefined,
      moderates: this.moderates,
      isClosed: false,
      aside: '',
    });
  }
}
customElements.define('test-desk', Desk);

it('an announcement begun by a moderator who is none any more is a message, and looks like one at once', async () => {
  const desk = document.body.appendChild(new Desk());
  await desk.updateComplete;
  const root = desk.shadowRoot!;
  const choice = root.querySelector('select')!;
  const isLoud = (): boolean => root.querySelector('.to-all, .loud') !== null;
  choice.value = [...choice.options].at(-1)!.value;
  choice.dispatchEvent(new Event('change'));
  await desk.updateComplete;
  expect(isLoud()).to.equal(true);
  desk.moderates = false;
  desk.requestUpdate();
  await desk.updateComplete;
  expect(isLoud()).to.equal(false);
  expect(choice.value).to.equal('');
  desk.remove();
});
