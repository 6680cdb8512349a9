import { expect } from 'chai';
import { connect, type Client } from '../../../components/client/index.ts';
import { freshRoom } from '../../support/browser/calls.ts';
import { serverUrl } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

/** The browser's real `navigator.connection`, which has a `type` on telephones only. */
const { connection: network } = navigator as Navigator & { connection: EventTarget & { type?: string } };

/** Imitates a telephone that changes networks: the real object, with an event and a type that the test sets. */
function change(type: string): void {
  Object.defineProperty(network, 'type', { value: type, configurable: true });
  network.dispatchEvent(new Event('change'));
}

describe('a change of network that the browser tells of', () => {
  let client: Client;

  afterEach(() => {
    client.close();
    Reflect.deleteProperty(network, 'type');
  });

  it('reconnects at once as the same participant; a mere change of speed does not', async () => {
    Object.defineProperty(network, 'type', { value: 'wifi', configurable: true });
    client = connect({ server: await serverUrl(), shared: false });
    const session = client.join(freshRoom());
    await eventually('in the room', () => session.store.get().state === 'joined');
    const { participantId } = client.store.get();
    const states: string[] = [];
    client.store.subscribe(({ state }) => states.at(-1) !== state && states.push(state));

    change('wifi');
    // A reconnection would have begun before this message is acknowledged.
    await session.sendMessage('as fast as before');
    expect(states).to.deep.equal([]);

    change('cellular');
    expect(states, 'not a moment on a path that may be dead').to.deep.equal(['reconnecting']);
    await eventually(
      'in the room again',
      () => session.store.get().state === 'joined' && client.store.get().state === 'ready',
    );
    expect(client.store.get().participantId).to.equal(participantId);
    expect(states).to.deep.equal(['reconnecting', 'ready']);
  });
});
