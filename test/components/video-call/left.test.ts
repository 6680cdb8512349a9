import 'axe-core/axe.js';
import type axeCore from 'axe-core';
import { expect } from 'chai';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { joinedCall, partOf, partsOf, reaches, removeCalls, together } from '../../support/browser/calls.ts';
import { eventually } from '../../support/waiting.ts';

const { axe } = window as unknown as { axe: typeof axeCore };
const quiet = { 'camera-off': '', muted: '' };

/** A call with the page's way on. */
async function callWithWayOn(room?: string): Promise<VideoCall> {
  const call = await joinedCall({ ...(room && { room, other: true }), attributes: quiet });
  call.innerHTML = '<a slot="left" href="#rooms">All rooms</a>';
  return call;
}

const violations = async (call: Element): Promise<string[]> =>
  (await axe.run(call)).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`);
const isCosy = (call: VideoCall): boolean => call.shadowRoot!.querySelector('.prejoin .cushion') !== null;

afterEach(async () => {
  await removeCalls();
});

describe('after a call', () => {
  it('a person reads where it was and for how long, and can rejoin or go on', async () => {
    const call = await callWithWayOn();
    const way = call.querySelector('a')!;
    expect(way.checkVisibility(), 'not in the call').to.equal(false);
    await call.leave();
    const stay = await eventually('the stay', () => call.shadowRoot!.querySelector('.stay'));
    expect(stay.textContent).to.equal(`${call.room} · Less than a minute`);
    expect(way.checkVisibility()).to.equal(true);
    expect(isCosy(call)).to.equal(true);
    expect(await violations(call)).to.deep.equal([]);
    partOf(call, 'join-button').click();
    await reaches(call, 'joined');
    expect(way.checkVisibility()).to.equal(false);
  });

  it('a removed person sees no cosy picture and no way back, but the way on', async () => {
    const moderator = await joinedCall({ attributes: quiet });
    const call = await callWithWayOn(moderator.room);
    await together(moderator, call);
    await moderator.removeParticipant(moderator.participants[1]!.id);
    await reaches(call, 'left');
    await eventually('the word', () => partOf(call, 'prejoin').textContent.includes('You were removed'));
    expect(isCosy(call)).to.equal(false);
    expect(partsOf(call, 'join-button')).to.deep.equal([]);
    expect(call.querySelector('a')!.checkVisibility()).to.equal(true);
    expect(await violations(call)).to.deep.equal([]);
  });
});
