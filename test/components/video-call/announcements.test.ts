import { expect } from 'chai';
import type { VideoCall } from '../../../components/video-call/video-call.ts';
import { createChat, rowOf } from '../../support/browser/chats.ts';
import {
  createCall,
  freshRoom,
  joinedCall,
  partOf,
  partsOf,
  reaches,
  removeCalls,
} from '../../support/browser/calls.ts';
import { callApp } from '../../support/server/real-server.ts';
import { eventually } from '../../support/waiting.ts';

const quiet = { muted: '', 'camera-off': '' };
const banner = (call: VideoCall): string => partOf(call, 'banner').textContent.trim();
const close = (call: VideoCall): void => partOf(call, 'banner').querySelector<HTMLElement>('.icon-only')!.click();

afterEach(async () => {
  for (const chat of document.querySelectorAll('chat-room')) chat.remove();
  await removeCalls();
});

describe('an announcement to people who have the call alone', () => {
  const PLACES: [name: string, enter: () => Promise<VideoCall>][] = [
    [
      'before the call',
      async () => {
        const call = await createCall({ room: freshRoom(), attributes: quiet });
        await eventually('in the room', () => call.role === 'moderator');
        return call;
      },
    ],
    ['in the call', () => joinedCall({ attributes: quiet })],
    [
      'after the call',
      async () => {
        const call = await joinedCall({ attributes: quiet });
        await call.leave();
        await reaches(call, 'left');
        return call;
      },
    ],
  ];
  for (const [name, enter] of PLACES) {
    it(`is shown ${name}, read out, and stays until it is closed`, async () => {
      const call = await enter();
      const { room } = call;
      expect(await callApp('announce', ['Fire drill: <b>leave</b> the building.', { room }])).to.equal(1);
      await eventually('the announcement', () => banner(call).includes('Fire drill: <b>leave</b> the building.'));
      expect(banner(call)).to.match(/^Announcement\s/);
      expect(partOf(call, 'banner').getAttribute('role')).to.equal('status');
      const [ground, other] = [
        getComputedStyle(partOf(call, 'banner')).backgroundColor,
        getComputedStyle(partOf(call, 'base')).backgroundColor,
      ];
      expect(ground).not.to.equal(other);
      close(call);
      await call.updateComplete;
      expect(banner(call)).to.equal('');
    });
  }

  it('comes before a warning, which is there again when it is closed; two are both kept', async () => {
    const call = await joinedCall({ attributes: quiet });
    partsOf(call, 'tile')[0]!.dispatchEvent(new Event('playback-blocked'));
    await eventually('a warning', () => partOf(call, 'banner').querySelector('.primary'));
    await callApp('announce', ['The first.', { room: call.room }]);
    await callApp('announce', [`The second.${'\nA line.'.repeat(60)}`, { room: call.room }]);
    await eventually('both', () => banner(call).includes('The first.') && banner(call).includes('The second.'));
    const [box, stage] = [partOf(call, 'banner'), partOf(call, 'stage')].map((element) =>
      element.getBoundingClientRect(),
    );
    expect(partOf(call, 'banner').querySelector('.primary'), 'the sound can be turned on beside it').not.to.equal(null);
    expect(box!.height, 'a long one scrolls').to.be.below(stage!.height * 0.75);
    close(call);
    await call.updateComplete;
    expect(partOf(call, 'banner').querySelector('.primary')).not.to.equal(null);
  });

  it('leaves half of a low box to the pictures, and begins at the side where a page begins', async () => {
    const call = await joinedCall({ attributes: { ...quiet, dir: 'rtl' } });
    call.style.cssText = 'inline-size: 260px; block-size: 200px';
    await eventually('compact', () => call.matches(':state(compact)'));
    await callApp('announce', ['Please leave by the stairs and meet in the yard. '.repeat(4), { room: call.room }]);
    const button = await eventually('the announcement', () => partOf(call, 'banner').querySelector('button'));
    const { height, left } = partOf(call, 'banner').getBoundingClientRect();
    expect(height).to.be.at.most(100);
    expect(button.getBoundingClientRect().left - left, 'the button at the edge').to.be.below(8);
  });

  it('is not said twice where a chat of the room shows it', async () => {
    const call = await joinedCall({ attributes: quiet });
    const chat = await createChat({ attributes: { room: call.room } });
    await eventually('the chat is in', () => chat.state === 'joined');
    await callApp('announce', ['Once.', { room: call.room }]);
    expect([...(await rowOf(chat, 'Once.')).part]).to.include('announcement');
    expect(banner(call)).to.equal('');
  });
});
