import { expect } from 'chai';
import { createLink, createNaive, play } from '../../support/rtc/glare.ts';

describe('glare, many times', () => {
  it('converges 200 times of 200 when both sides add a track at once', async () => {
    expect(await play(200, createLink)).to.deep.equal([]);
  }).timeout(300_000);

  it('converges 200 times of 200 when signals overtake each other', async () => {
    expect(await play(200, createLink, { ordered: false })).to.deep.equal([]);
  }).timeout(300_000);

  it('converges 200 times of 200 when both sides add a track and restart ICE at once', async () => {
    expect(await play(200, createLink, { restart: true })).to.deep.equal([]);
  }).timeout(300_000);

  it('converges 200 times of 200 with signals doubled, stale, out of order and late', async () => {
    expect(await play(200, createLink, { restart: true, ordered: false, hostile: true })).to.deep.equal([]);
  }).timeout(300_000);

  it('breaks a naive handler', async () => {
    expect(await play(20, createNaive, { restart: true, patienceMs: 500 })).to.have.length(20);
  }).timeout(60_000);
});
