import { expect } from 'chai';
import { LitElement, html } from 'lit';
import type { RoomSession } from '../../../components/client/room/room-session.ts';
import { DirectoryController } from '../../../components/controllers/directory-controller.ts';
import { RoomController, type SessionChangeReason } from '../../../components/controllers/room-controller.ts';
import type { CodedError } from '../../../components/internal/coded-error.ts';
import { callApp, serverUrl } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

class RoomProbe extends LitElement {
  static override properties = {
    room: {},
    server: {},
    displayName: { attribute: 'display-name' },
    token: {},
    unlisted: { type: Boolean },
  };
  room = '';
  server = '';
  displayName = '';
  token = '';
  unlisted = false;
  readonly log: string[] = [];
  readonly sessions: RoomSession[] = [];
  readonly controller = new RoomController(this, {
    onRelease: (session: RoomSession, reason: SessionChangeReason) =>
      void this.log.push(`release ${session.room} ${session.store.get().state} ${reason}`),
    onSession: (session: RoomSession | null, previous: RoomSession | null, reason: SessionChangeReason) => {
      this.log.push(`${previous?.room ?? '-'} > ${session?.room ?? '-'} ${reason}`);
      if (session) this.sessions.push(session);
    },
    onError: (error: CodedError, fatal: boolean) => void this.log.push(`error ${error.code}${fatal ? ' fatal' : ''}`),
    onMoved: (room: string) => void this.log.push(`moved ${room} ${this.room}`),
  });
  override render() {
    return html`${this.controller.snapshot?.state ?? 'none'}`;
  }
}
customElements.define('room-probe', RoomProbe);

class DirectoryProbe extends LitElement {
  static override properties = { server: {}, token: {} };
  server = '';
  token = '';
  readonly controller = new DirectoryController(this);
}
customElements.define('directory-probe', DirectoryProbe);

const people = async (room: string): Promise<{ id: string; displayName: string }[]> =>
  (await callApp('participants', [room])) as { id: string; displayName: string }[];
const isIn = (probe: RoomProbe, room: string) =>
  eventually(
    `in ${room}`,
    () => probe.controller.session?.room === room && probe.controller.snapshot?.state === 'joined',
  );

describe('RoomController', () => {
  let server = '';
  const probes: Element[] = [];
  let count = 0;
  let room = '';

  before(async () => {
    server = await serverUrl();
  });
  beforeEach(() => {
    room = `controller-${++count}-${Math.random().toString(36).slice(2)}`;
  });
  afterEach(() => {
    for (const probe of probes.splice(0)) probe.remove();
  });

  function probe(fields: Partial<RoomProbe>, parent: Element | null = document.body): RoomProbe {
    const element = Object.assign(document.createElement('room-probe') as RoomProbe, { server, ...fields });
    parent?.append(element);
    probes.push(element);
    return element;
  }

  it('enters once everything is set, whatever the order', async () => {
    const element = document.createElement('room-probe') as RoomProbe;
    probes.push(element);
    element.setAttribute('room', room);
    document.body.append(element);
    element.setAttribute('display-name', 'Late Name');
    element.setAttribute('server', server);
    await isIn(element, room);
    expect(element.log).to.deep.equal([`- > ${room} connected`]);
    expect((await people(room)).map(({ displayName }) => displayName)).to.deep.equal(['Late Name']);
    await element.updateComplete;
    expect(element.shadowRoot?.textContent).to.equal('joined');
  });

  it('is one participant with others of the same room, and the last name set wins', async () => {
    const [one, two] = [probe({ room, displayName: 'One' }), probe({ room: ` ${room} `, displayName: 'Two' })];
    await Promise.all([isIn(one, room), isIn(two, room)]);
    expect(one.controller.session).to.equal(two.controller.session);
    const namesIn = async () => (await people(room)).map(({ displayName }) => displayName).join();
    await eventually('one with the last name', async () => (await namesIn()) === 'Two');
    one.displayName = 'One again';
    await eventually('the name', async () => (await people(room))[0]?.displayName === 'One again');
    two.displayName = '';
    two.unlisted = true;
    await two.updateComplete;
    expect(two.controller.connection?.store.get().displayName).to.equal('One again');
    one.room = '';
    await one.updateComplete;
    expect(one.controller.session).to.equal(null);
    expect(await people(room)).to.have.length(1);
    two.room = '';
    await eventually('the room left', async () => (await people(room)).length === 0);
  });

  it('leaves the old room before it enters the new one', async () => {
    const element = probe({ room });
    await isIn(element, room);
    const { connection } = element.controller;
    const next = `${room}-next`;
    element.room = next;
    await isIn(element, next);
    expect(element.log).to.deep.equal([
      `- > ${room} connected`,
      `release ${room} joined room-changed`,
      `${room} > ${next} room-changed`,
    ]);
    expect(element.controller.connection).to.equal(connection);
    expect(await people(room)).to.deep.equal([]);
    expect(element.sessions[0]?.store.get().state).to.equal('left');
  });

  it('costs nothing to be moved in the document, and lets go when it is removed for good', async () => {
    const element = probe({ room });
    await isIn(element, room);
    const { session } = element.controller;
    const wrapper = document.createElement('div');
    document.body.append(wrapper);
    probes.push(wrapper);
    wrapper.append(element);
    element.remove();
    await new Promise((resolve) => setTimeout(resolve, 50));
    document.body.append(element);
    await element.updateComplete;
    expect(element.controller.session).to.equal(session);
    expect(element.log).to.have.length(1);
    const { connection } = element.controller;
    element.remove();
    await eventually('released', () => element.controller.session === null);
    expect(element.log.slice(1)).to.deep.equal([
      `release ${room} joined element-removed`,
      `${room} > - element-removed`,
    ]);
    await eventually('the room left', async () => (await people(room)).length === 0);
    await eventually('the connection closed', () => connection?.store.get().state === 'closed');
    document.body.append(element);
    await isIn(element, room);
  });

  it('refuses a room without a valid name, and harms nobody', async () => {
    const other = probe({ room });
    await isIn(other, room);
    const element = probe({ room: 'x'.repeat(129) });
    await eventually('the error', () => element.log.length > 0);
    expect(element.log).to.deep.equal(['error room-invalid fatal']);
    expect(other.controller.snapshot?.state).to.equal('joined');
    element.room = room;
    await isIn(element, room);
  });

  it('says what is wrong with the server', async () => {
    const nowhere = probe({ room, server: 'ftp://nowhere' });
    await eventually('the error', () => nowhere.log.length > 0);
    expect(nowhere.log).to.deep.equal(['error server-unreachable fatal']);
    const away = probe({ room, server: 'http://127.0.0.1:1' });
    await eventually('the error after a while', () => away.log.includes('error server-unreachable'));
    expect(away.controller.snapshot?.state).to.equal('joining');
    away.server = server;
    await isIn(away, room);
  });

  it('follows when the server moves the participant', async () => {
    const [one, two] = [probe({ room }), probe({ room })];
    await Promise.all([isIn(one, room), isIn(two, room)]);
    const to = `${room}-to`;
    await callApp('moveRoom', [room, to]);
    await Promise.all([isIn(one, to), isIn(two, to)]);
    expect(one.log.slice(1)).to.deep.equal([
      `moved ${to} ${to}`,
      `release ${room} left moved`,
      `${room} > ${to} moved`,
    ]);
    expect(one.room).to.equal(to);
    expect(await people(to)).to.have.length(1);
    one.room = two.room = '';
    await eventually('the new room left by both', async () => (await people(to)).length === 0);
  });

  it('a hundred times mounted and unmounted: one connection, and none left', async () => {
    let listeners = 0;
    const { addEventListener, removeEventListener } = window;
    const counted = new Set<string>(['online', 'pagehide', 'pageshow', 'visibilitychange']);
    window.addEventListener = function (
      this: Window,
      type: string,
      listener: EventListener,
      options?: AddEventListenerOptions,
    ) {
      if (counted.has(type)) {
        listeners++;
        options?.signal?.addEventListener('abort', () => listeners--);
      }
      addEventListener.call(window, type, listener, options);
    } as typeof window.addEventListener;
    try {
      const connections = new Set<unknown>();
      for (let i = 0; i < 100; i++) {
        const element = probe({ room });
        await element.updateComplete;
        connections.add(element.controller.connection);
        element.remove();
      }
      const last = probes.at(-1) as RoomProbe;
      await eventually('the last one released', () => last.controller.session === null);
      await eventually('closed', () =>
        [...connections].every(
          (connection) => (connection as { store: { get(): { state: string } } }).store.get().state === 'closed',
        ),
      );
      expect(connections.size).to.equal(1);
      expect(listeners).to.equal(0);
    } finally {
      window.addEventListener = addEventListener;
      window.removeEventListener = removeEventListener;
    }
  });

  it('DirectoryController keeps the public list live, and unlisted rooms are not in it', async () => {
    const list = Object.assign(document.createElement('directory-probe') as DirectoryProbe, { server });
    probes.push(list);
    expect(list.controller.snapshot).to.equal(null);
    document.body.append(list);
    await eventually('the list', () => list.controller.snapshot?.ready);
    const find = (name: string) => list.controller.snapshot?.rooms.find((summary) => summary.name === name);
    const [element] = [probe({ room }), probe({ room: `${room}-hidden`, unlisted: true })];
    expect(await eventually('the room in the list', () => find(room))).to.deep.equal({
      name: room,
      participantCount: 1,
      inCallCount: 0,
      locked: false,
    });
    element.room = '';
    await eventually('the room gone from the list', () => !find(room));
    expect(find(`${room}-hidden`)).to.equal(undefined);
    list.remove();
    await eventually('let go of', () => list.controller.snapshot === null);
  });
});
