import { expect } from 'chai';
import type { CallLeaveEvent, StateChangeEvent } from '../../../components/events.ts';
import {
  codeOf,
  createCall,
  freshRoom,
  joinedCall,
  listen,
  partOf,
  reaches,
  removeCalls,
} from '../../support/browser/calls.ts';
import { callApp } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

afterEach(removeCalls);

const statesOf = (heard: Event[]) =>
  heard.filter((event): event is StateChangeEvent => event.type === 'state-change').map(({ state }) => state);
const reasonsOf = (heard: Event[]) =>
  heard
    .filter((event): event is CallLeaveEvent => event.type === 'call-leave')
    .map(({ room, reason }) => `${room} ${reason}`);

describe('the state of a call', () => {
  it('is idle without a room, also as :state()', async () => {
    const call = await createCall();
    expect(call.state).to.equal('idle');
    expect(call.matches(':state(idle)')).to.equal(true);
    expect(call.participants).to.deep.equal([]);
  });

  it('goes from prejoin over joining and joined to left, and back in by one press', async () => {
    const room = freshRoom();
    const call = await createCall();
    const heard = listen(call, 'state-change', 'call-join', 'call-leave');
    call.room = room;
    await reaches(call, 'prejoin');
    expect(call.matches(':state(prejoin)')).to.equal(true);
    expect(call.matches(':state(idle)')).to.equal(false);
    await call.updateComplete;
    partOf(call, 'join-button').click();
    await reaches(call, 'joined');
    await call.updateComplete;
    partOf(call, 'leave-button').click();
    await reaches(call, 'left');
    await call.updateComplete;
    expect(reasonsOf(heard)).to.deep.equal([`${room} left`]);
    partOf(call, 'join-button').click();
    await reaches(call, 'joined');
    expect(statesOf(heard)).to.deep.equal(['prejoin', 'joining', 'joined', 'left', 'joining', 'joined']);
    expect(heard.filter(({ type }) => type === 'call-join')).to.have.length(2);
    expect(
      heard.every(({ bubbles }) => !bubbles),
      'facts do not bubble',
    ).to.equal(true);
  });

  it('leaves when the attribute room is taken away, or its property set to nothing', async () => {
    for (const clear of [
      (call: HTMLElement) => call.removeAttribute('room'),
      (call: HTMLElement) => Object.assign(call, { room: null }),
    ]) {
      const room = freshRoom();
      const call = await createCall({ attributes: { autojoin: '', 'display-name': 'Mina' } });
      const heard = listen(call, 'call-leave');
      call.setAttribute('room', room);
      await reaches(call, 'joined');
      call.removeAttribute('display-name');
      clear(call);
      await reaches(call, 'idle');
      expect(reasonsOf(heard)).to.deep.equal([`${room} room-changed`]);
      expect(call.participants).to.deep.equal([]);
    }
  });

  it('tells errors in its own language, by events whose fields nobody can change', async () => {
    const call = await createCall({ attributes: { lang: 'ko' } });
    const heard = listen(call, 'call-error');
    await eventually('Korean', () => /[가-힣]/.test(call.shadowRoot!.textContent));
    call.room = '\u202e';
    await eventually('an error', () => heard.length > 0);
    const event = heard[0] as Event & { code: string; message: string };
    expect(event.code).to.equal('room-invalid');
    expect(event.message).to.match(/[가-힣]/);
    expect(() => {
      event.code = 'internal';
    }).to.throw(TypeError);
    Object.assign(event, { markOfAFramework: 1 });
  });

  it('with autojoin has no prejoin view', async () => {
    const call = await createCall({ attributes: { autojoin: '' } });
    const heard = listen(call, 'state-change');
    call.room = freshRoom();
    await reaches(call, 'joined');
    const states = statesOf(heard);
    expect(states.slice(-2)).to.deep.equal(['joining', 'joined']);
    await call.updateComplete;
    expect(partOf(call, 'prejoin').checkVisibility()).to.equal(false);
  });

  it('is failed for a name that is none, says so, and is well again with a better one', async () => {
    const call = await createCall();
    const heard = listen(call, 'call-error');
    call.room = 'a\u202Eb';
    await reaches(call, 'failed');
    // The error comes later than the state, because the sentences of errors load late.
    await eventually('the error', () => heard.length > 0);
    await call.updateComplete;
    expect(heard.map((event) => (event as unknown as { code: string }).code)).to.deep.equal(['room-invalid']);
    expect(partOf(call, 'prejoin').textContent).to.contain('1 to 128');
    expect(await codeOf(call.join())).to.equal('room-invalid');
    call.room = freshRoom();
    await reaches(call, 'prejoin');
  });

  it('rejects join() without a room', async () => {
    const call = await createCall();
    expect(await codeOf(call.join())).to.equal('not-in-room');
  });

  it('joins a room that was set in the same breath', async () => {
    const call = await createCall();
    call.room = freshRoom();
    await call.join();
    expect(call.state).to.equal('joined');
  });
});

describe('leaving a call', () => {
  it('by another room says room-changed, and goes on in the new one with autojoin', async () => {
    const call = await joinedCall();
    const before = call.room;
    const heard = listen(call, 'call-leave', 'call-join', 'before-leave', 'before-join');
    call.room = freshRoom();
    await reaches(call, 'joined');
    await eventually('the join of the second room', () => heard.length === 2);
    expect(heard.map(({ type }) => type)).to.deep.equal(['call-leave', 'call-join']);
    expect(reasonsOf(heard)).to.deep.equal([`${before} room-changed`]);
  });

  it('by a cleared room says room-changed and is idle', async () => {
    const call = await joinedCall();
    const { room } = call;
    const heard = listen(call, 'call-leave');
    call.room = '';
    await reaches(call, 'idle');
    expect(reasonsOf(heard)).to.deep.equal([`${room} room-changed`]);
  });

  it('by removal says element-removed, on the detached element, after the grace and without a request', async () => {
    const call = await joinedCall();
    const { room } = call;
    const heard = listen(call, 'call-leave', 'before-leave');
    call.remove();
    expect(heard).to.deep.equal([]);
    await reaches(call, 'idle');
    expect(reasonsOf(heard)).to.deep.equal([`${room} element-removed`]);
    expect(call.isConnected).to.equal(false);
    expect(call.shadowRoot!.querySelectorAll('video')).to.have.length(0);
  });

  it('by the server, which moves everybody, says moved; the element follows', async () => {
    const call = await joinedCall();
    const from = call.room;
    const to = freshRoom('moved');
    const heard = listen(call, 'call-leave', 'room-change', 'call-join');
    await callApp('moveRoom', [from, to]);
    await eventually(
      'the call of the other room',
      () => call.room === to && call.state === 'joined' && heard.length >= 3,
    );
    expect(reasonsOf(heard)).to.deep.equal([`${from} moved`]);
    expect(heard.map(({ type }) => type).toSorted()).to.deep.equal(['call-join', 'call-leave', 'room-change']);
  });
});
