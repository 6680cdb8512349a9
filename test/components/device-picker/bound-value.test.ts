/** A picker whose value a framework binds both ways, as `v-model` does: it writes the value and reads it on `input`. */
import { expect } from 'chai';
import '../../../components/device-picker/index.ts';
import type { DevicePicker } from '../../../components/device-picker/device-picker.ts';
import { eventually } from '../../support/waiting.ts';

type Value = DevicePicker['value'];

const selectOf = (picker: DevicePicker) =>
  picker.shadowRoot!.querySelector<HTMLSelectElement>('select[name="audioinput"]');

/** Chooses an option and fires `input` and `change`, as when a person chooses. */
function choose(select: HTMLSelectElement, deviceId: string): void {
  select.value = deviceId;
  select.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
  select.dispatchEvent(new Event('change', { bubbles: true }));
}

describe('a value that is bound both ways', () => {
  let picker: DevicePicker;
  let parent: HTMLElement;

  beforeEach(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) track.stop();
    parent = document.createElement('section');
    picker = document.createElement('device-picker');
    parent.append(picker);
    document.body.append(parent);
    await eventually('the devices are there', () => (selectOf(picker)?.options.length ?? 0) > 2);
  });
  afterEach(async () => {
    picker.value = { audioinput: '' };
    await eventually('back at the default', () => picker.value.audioinput === '');
    parent.remove();
  });

  for (const type of ['input', 'change'] as const) {
    it(`follows what a person chooses, by \`${type}\`, and a later rendering puts nothing back`, async () => {
      let model: Partial<Value> = picker.value;
      const heard: string[] = [];
      parent.addEventListener(type, () => {
        model = picker.value;
        heard.push(model.audioinput!);
        // A framework renders after the event and writes the same value back.
        picker.value = { ...model };
      });
      const { value: deviceId } = selectOf(picker)!.options[2]!;
      choose(selectOf(picker)!, deviceId);
      await eventually(`one ${type}`, () => heard.length > 0);
      picker.value = { ...model };
      await picker.updateComplete;
      expect(heard).to.deep.equal([deviceId]);
      expect([picker.value.audioinput, selectOf(picker)!.value]).to.deep.equal([deviceId, deviceId]);
    });
  }

  it('is silent where the page itself chooses, and where a listener says no', async () => {
    const heard: Event[] = [];
    for (const type of ['input', 'change']) parent.addEventListener(type, (event) => heard.push(event));
    const { value: deviceId } = selectOf(picker)!.options[2]!;
    picker.value = { audioinput: deviceId };
    await eventually('it counts', () => picker.value.audioinput === deviceId);
    picker.addEventListener('device-select', (event) => event.preventDefault());
    choose(selectOf(picker)!, '');
    await picker.updateComplete;
    expect([picker.value.audioinput, heard.length]).to.deep.equal([deviceId, 0]);
  });
});
