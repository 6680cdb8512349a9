import { expect } from 'chai';
import type { CodedError } from '../../../components/internal/coded-error.ts';
import { Devices } from '../../../components/rtc/media/devices.ts';
import { FakeClock } from '../../support/rtc/fake-clock.ts';
import { eventually } from '../../support/waiting.ts';

/** A machine into which a test plugs devices. */
class FakeMachine extends EventTarget {
  asked = 0;
  devices: Partial<MediaDeviceInfo>[] = [];

  enumerateDevices = async (): Promise<MediaDeviceInfo[]> => {
    this.asked++;
    return this.devices.map((device) => ({ groupId: '', label: '', ...device }) as MediaDeviceInfo);
  };

  change(devices: Partial<MediaDeviceInfo>[]): void {
    this.devices = devices;
    this.dispatchEvent(new Event('devicechange'));
  }
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    ({ code }: CodedError) => code,
  );
const camera = (deviceId: string, label = deviceId): Partial<MediaDeviceInfo> => ({
  kind: 'videoinput',
  deviceId,
  label,
});
const microphone = (deviceId: string, label = deviceId): Partial<MediaDeviceInfo> => ({
  kind: 'audioinput',
  deviceId,
  label,
});

let stored: Map<string, string>;
const storage = {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => void stored.set(key, value),
};

async function create(
  devices: Partial<MediaDeviceInfo>[],
  options: Partial<ConstructorParameters<typeof Devices>[0]> = {},
) {
  const machine = new FakeMachine();
  machine.devices = devices;
  const clock = new FakeClock();
  const list = new Devices({ mediaDevices: machine as unknown as MediaDevices, storage, clock, ...options });
  await eventually('the list', () => list.store.get().ready);
  return { machine, clock, list, ids: () => list.store.get().devices.map(({ deviceId }) => deviceId) };
}

beforeEach(() => {
  stored = new Map();
});

describe('Devices', () => {
  it('lists devices without names before a permission and with names after it', async () => {
    const { machine, list } = await create([camera('', ''), microphone('', '')]);
    expect(list.store.get()).to.include({ hasLabels: false });
    expect(list.store.get().devices).to.have.length(2);
    machine.devices = [camera('c1', 'Camera'), microphone('m1', 'Microphone')];
    await list.refresh();
    expect(list.store.get()).to.include({ hasLabels: true });
  });

  it("names each device once, without the browser's aliases for a listed device", async () => {
    const { ids } = await create([
      microphone('default', 'Default - A'),
      microphone('communications'),
      microphone('a', 'A'),
      microphone('a', 'A'),
      camera('default'),
    ]);
    expect(ids()).to.deep.equal(['a', 'default']);
  });

  it('follows plugging in and out, once per burst of events', async () => {
    const { machine, clock, list, ids } = await create([camera('c1')]);
    let changes = 0;
    list.store.subscribe(() => changes++);
    for (let event = 0; event < 5; event++) {
      machine.change([camera('c1'), camera('c2')]);
      clock.pass(100);
    }
    expect(machine.asked).to.equal(1);
    clock.pass(300);
    await eventually('the second camera', () => ids().length === 2);
    expect([machine.asked, changes]).to.deep.equal([2, 1]);
    await list.refresh();
    expect(changes, 'the same list again is no change').to.equal(1);
  });

  it('publishes a device that left and returned within one burst, although the list is unchanged', async () => {
    const { machine, clock, list } = await create([camera('c1')]);
    const { devices } = list.store.get();
    let changes = 0;
    list.store.subscribe(() => changes++);
    machine.change([]);
    clock.pass(200);
    machine.change([camera('c1')]);
    clock.pass(300);
    await eventually('word of it', () => changes === 1);
    expect(list.store.get().devices, 'the list is not replaced').to.equal(devices);
  });

  it('remembers the choice even if the id of the device changed', async () => {
    const first = await create([camera('c1', 'One'), camera('c2', 'Two')]);
    first.list.choose('videoinput', 'c2');
    expect(first.list.store.get().chosen.videoinput).to.equal('c2');
    expect((await create([camera('c1', 'One'), camera('c2', 'Two')])).list.store.get().chosen.videoinput).to.equal(
      'c2',
    );
    expect((await create([camera('x', 'Two'), camera('y', 'One')])).list.store.get().chosen.videoinput).to.equal('x');
    expect((await create([camera('y', 'One')])).list.store.get().chosen.videoinput).to.equal('');
    expect((await create([camera('', '')])).list.store.get().chosen.videoinput, 'before a permission').to.equal('c2');
  });

  it('chooses a known device at once and keeps the old choice for an unknown one, also over a reload', async () => {
    const { machine, list } = await create([microphone('default'), microphone('m1'), camera('c1'), camera('c2')]);
    const chosen = () => list.store.get().chosen;
    const first = list.setDevice('videoinput', 'c2');
    expect(chosen().videoinput).to.equal('c2');
    await first;
    await list.setDevice('audioinput', 'default');
    for (const [kind, id] of [
      ['videoinput', 'nobody'],
      ['videoinput', 'm1'],
      ['audiooutput', 'm1'],
      ['camera', 'c1'],
      ['camera', ''],
    ]) {
      expect(await codeOf(list.setDevice(kind as MediaDeviceKind, id!)), `${kind} ${id}`).to.equal('device-not-found');
      expect(chosen().videoinput).to.equal('c2');
    }
    expect((await create([camera('c1'), camera('c2')])).list.store.get().chosen.videoinput, 'remembered').to.equal(
      'c2',
    );
    // The browser has not fired `devicechange` for this camera yet.
    machine.devices = [camera('c3')];
    await list.setDevice('videoinput', 'c3');
    expect(chosen().videoinput).to.equal('c3');
    await list.setDevice('videoinput', '');
    expect(chosen().videoinput).to.equal('');
  });

  it('chooses any id before a permission if there is a device of its kind', async () => {
    const { list } = await create([camera('', '')]);
    await list.setDevice('videoinput', 'of-another-visit');
    expect(list.store.get().chosen.videoinput).to.equal('of-another-visit');
    expect(await codeOf(list.setDevice('audioinput', 'of-another-visit'))).to.equal('device-not-found');
  });

  it('chooses a remembered device again when it is plugged in again', async () => {
    const { machine, list } = await create([camera('c1'), camera('c2')]);
    list.choose('videoinput', 'c2');
    machine.devices = [camera('c1')];
    await list.refresh();
    expect(list.store.get().chosen.videoinput).to.equal('');
    machine.devices = [camera('c1'), camera('c2')];
    await list.refresh();
    expect(list.store.get().chosen.videoinput).to.equal('c2');
  });

  it('works with storage that is full, damaged or missing, and on a page without devices', async () => {
    const full = {
      getItem: () => {
        throw new Error('no');
      },
      setItem: () => {
        throw new Error('full');
      },
    };
    for (const one of [full, null]) {
      const { list } = await create([camera('c1')], { storage: one });
      list.choose('videoinput', 'c1');
      expect(list.store.get().chosen.videoinput).to.equal('c1');
    }
    for (const nonsense of ['', '3', 'null', '[]', '{"videoinput":3}', '{"videoinput":{"id":{}}}']) {
      stored.set('sarangbang:devices', nonsense);
      expect((await create([camera('c1')])).list.store.get().chosen.videoinput).to.equal('');
    }
    const none = new Devices({ mediaDevices: undefined, storage: null });
    await none.refresh();
    expect(none.store.get()).to.deep.include({ ready: false, devices: [] });
    none.close();
  });

  it('stops following when closed', async () => {
    const { machine, clock, list } = await create([camera('c1')]);
    machine.change([]);
    list.close();
    clock.pass(1_000);
    machine.change([]);
    clock.pass(1_000);
    expect([machine.asked, clock.pending]).to.deep.equal([1, 0]);
  });
});
