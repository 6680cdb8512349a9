/** How often the list of ICE servers is asked for. */
import { expect } from 'chai';
import { IceServers, type IceServerList } from '../../components/rtc/ice-servers.ts';
import { FakeClock } from '../support/rtc/fake-clock.ts';

describe('the ICE servers of a call', () => {
  it('are asked for less and less often while the server refuses, and soon again after an answer', async () => {
    const clock = new FakeClock();
    const asked: number[] = [];
    let answer: IceServerList | null = null;
    const servers = new IceServers({
      clock,
      fetch: async () => {
        asked.push(clock.now());
        if (!answer) throw new Error('call-full');
        return answer;
      },
      onChange: () => {},
    });
    const begin = clock.now();
    const settle = async () => {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    };
    const pass = async (seconds: number) => {
      await settle();
      for (let passed = 0; passed < seconds; passed++) {
        clock.pass(1_000);
        await settle();
      }
    };
    const secondsAsked = () => asked.splice(0).map((at) => Math.round((at - begin) / 1_000));
    void servers.renew();
    await pass(240);
    expect(secondsAsked()).to.deep.equal([0, 5, 15, 35, 75, 155, 235]);
    answer = { iceServers: [], iceTtlMs: 100_000 };
    await pass(80);
    expect(secondsAsked(), 'answered').to.deep.equal([315]);
    answer = null;
    await pass(76);
    expect(secondsAsked(), '0.7 of the lifetime later').to.deep.equal([385, 390]);
    servers.close();
    await pass(100);
    expect(secondsAsked(), 'closed').to.deep.equal([]);
  });
});
