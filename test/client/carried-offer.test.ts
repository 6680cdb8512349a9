/** The offer that a handshake carries: when it goes out, and what its owner learns of it. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Connection } from '../../components/client/connection.ts';
import type { CarriedOffer } from '../../components/client/room/call-membership.ts';
import type { RoomSession } from '../../components/client/room/room-session.ts';
import type { CodedError } from '../../components/internal/coded-error.ts';
import type { CallPresence, Commands, SignalBody } from '../../server/protocol.ts';
import { FakeTransport, roomSnapshot } from '../support/server/fake-transport.ts';
import { settled, within } from '../support/waiting.ts';

const BODY: SignalBody = { kind: 'description', type: 'offer' };
const ROOM: Commands['room:join']['value'] = { participantId: 'me', rooms: [roomSnapshot()] };
const CALL: Commands['call:join']['value'] = {
  epoch: 'room-1',
  n: 2,
  participants: [],
  iceServers: [],
  iceTtlMs: null,
};
const presence: CallPresence = { joinId: 'j1', tracks: [], receivesVideo: true, newcomerOffers: true };
const ok = <Value>(value: Value) => ({ ok: true, value }) as const;
const refused = (code: CodedError['code']) => ({ ok: false, error: { code, message: 'No.' } }) as const;

/** An offer of a test. `fates` are the answers that its owner was told; `'nobody'` for none. */
class TestOffer implements CarriedOffer {
  readonly made: Promise<void>;
  readonly fates: string[] = [];
  make!: () => void;
  #body: SignalBody | null = null;

  constructor() {
    this.made = new Promise((resolve) => {
      this.make = () => {
        this.#body = BODY;
        resolve();
      };
    });
  }

  hand(): SignalBody | null {
    const body = this.#body;
    this.#body = null;
    return body;
  }

  handleAnswer(offered = 'nobody'): void {
    this.fates.push(offered);
  }
}

interface Cold {
  transport: FakeTransport;
  connection: Connection;
  session: RoomSession;
  offer: TestOffer;
  joined: Promise<Commands['call:join']['value']>;
}

/** A page that joins the call before its first handshake. */
function openCold(t: TestContext): Cold {
  const transport = new FakeTransport();
  const connection = new Connection('http://fake.test', { transport });
  connection.setDisplayName('Kim');
  t.after(() => connection.close());
  const session = connection.acquireRoom('a');
  assert.equal(session.isHandshakeAhead, true);
  const offer = new TestOffer();
  const joined = session.joinCall(presence, offer);
  joined.catch(() => {});
  return { transport, connection, session, offer, joined };
}

/** Makes the handshake, and resolves to the `call:join` in it. */
async function shake({ transport }: Cold, fields: { wishes?: true } = { wishes: true }) {
  const { wishes } = await transport.auth();
  transport.ready('me', 'process-1', fields);
  await settled();
  return wishes?.call;
}

test('the handshake waits for the offer and carries it, and its owner learns who holds it', async (t) => {
  const cold = openCold(t);
  let isSent = false;
  const sending = cold.transport.auth().then((handshake) => {
    isSent = true;
    return handshake;
  });
  await settled();
  assert.equal(isSent, false);
  cold.offer.make();
  assert.deepEqual((await sending).wishes?.call, { room: 'a', ...presence, offer: BODY });
  assert.equal(cold.session.isHandshakeAhead, false, 'it is gone');
  cold.transport.ready('me', 'process-1', { wishes: true });
  await settled();
  assert.deepEqual(cold.offer.fates, []);
  cold.transport.tell('session:answered', { room: ok(ROOM), call: ok({ ...CALL, offered: 'ann' }) });
  await cold.joined;
  assert.deepEqual(cold.offer.fates, ['ann']);
  assert.equal(cold.session.isHandshakeAhead, false);
  cold.transport.lose();
  assert.equal(cold.session.isHandshakeAhead, true);
  assert.deepEqual(await shake(cold), { room: 'a', ...presence }, 'a return carries no offer');
});

test('an answer that names nobody, and one of a server that knows no offers, free the offer', async (t) => {
  for (const fields of [{ wishes: true }, {}] as const) {
    const cold = openCold(t);
    cold.offer.make();
    cold.transport.script['room:join'] = () => ROOM;
    cold.transport.script['call:join'] = () => CALL;
    await shake(cold, fields);
    cold.transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
    await cold.joined;
    assert.deepEqual(cold.offer.fates, ['nobody'], JSON.stringify(fields));
  }
});

test('an offer whose answer was lost is not sent again, and nobody says who holds it', async (t) => {
  const cold = openCold(t);
  cold.offer.make();
  assert.ok((await shake(cold))?.offer);
  cold.transport.lose();
  assert.deepEqual(await shake(cold), { room: 'a', ...presence });
  cold.transport.tell('session:answered', { room: ok(ROOM), call: ok(CALL) });
  await cold.joined;
  assert.deepEqual(cold.offer.fates, []);
});

test('an offer is not sent again where the server could not say whether it carried out the wish', async (t) => {
  for (const answers of [
    { room: refused('internal'), call: ok(CALL) },
    { room: ok(ROOM), call: refused('internal') },
  ]) {
    const cold = openCold(t);
    cold.offer.make();
    await shake(cold);
    cold.transport.script['room:join'] = () => ROOM;
    cold.transport.script['call:join'] = () => CALL;
    cold.transport.tell('session:answered', answers);
    await cold.joined;
    assert.equal(cold.transport.last('call:join').payload.offer, undefined);
    assert.deepEqual(cold.offer.fates, []);
  }
});

test('a refused call, and a knock, free the offer', async (t) => {
  const full = openCold(t);
  full.offer.make();
  await shake(full);
  full.transport.tell('session:answered', { room: ok(ROOM), call: refused('call-full') });
  await assert.rejects(full.joined, { code: 'call-full' });
  assert.deepEqual(full.offer.fates, ['nobody']);

  const knocking = openCold(t);
  knocking.offer.make();
  await shake(knocking);
  knocking.transport.tell('session:answered', { room: refused('room-locked'), call: refused('not-in-room') });
  await settled();
  assert.equal(knocking.session.store.get().state, 'knocking');
  assert.deepEqual(knocking.offer.fates, ['nobody']);
  knocking.transport.script['room:join'] = () => ROOM;
  knocking.transport.script['call:join'] = () => CALL;
  const participant = { id: 'me', displayName: 'Kim' };
  knocking.transport.tell('participant:knocked', { room: 'a', participant, waiting: false, admitted: true });
  await knocking.joined;
  assert.equal(knocking.transport.last('call:join').payload.offer, undefined);
  assert.deepEqual(knocking.offer.fates, ['nobody']);
});

test('an answer to a call that was left meanwhile tells the next call nothing', async (t) => {
  const cold = openCold(t);
  cold.offer.make();
  await shake(cold);
  cold.session.leaveCall();
  const next = new TestOffer();
  cold.transport.script['call:join'] = () => CALL;
  const again = cold.session.joinCall({ ...presence, joinId: 'j2' }, next);
  cold.transport.tell('session:answered', { room: ok(ROOM), call: ok({ ...CALL, offered: 'ann' }) });
  await again;
  assert.deepEqual([cold.offer.fates, next.fates], [[], []]);
});

test('the handshake waits for the offer of the room that it enters, and for no other offer', async (t) => {
  const cold = openCold(t);
  const other = cold.connection.acquireRoom('b');
  const unmade = new TestOffer();
  const joined = other.joinCall({ ...presence, joinId: 'j2' }, unmade);
  cold.offer.make();
  assert.equal((await within(cold.transport.auth(), 'the handshake')).wishes?.room?.room, 'a');
  unmade.make();
  cold.transport.script['room:join'] = ({ room = '' }) => ({
    participantId: 'me',
    rooms: [roomSnapshot({ room })],
  });
  cold.transport.script['call:join'] = () => CALL;
  cold.transport.ready('me', 'process-1', { wishes: true });
  await joined;
  assert.equal(cold.transport.last('call:join').payload.offer, undefined);
  cold.transport.lose();
  cold.session.leaveCall();
  assert.deepEqual((await cold.transport.auth()).wishes?.call, { room: 'b', ...presence, joinId: 'j2' });
});
