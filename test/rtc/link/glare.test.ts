import { expect } from 'chai';
import { createLink, createNaive, play, playPictures } from '../../support/rtc/glare.ts';

describe('glare', () => {
  it('converges 40 times of 40 when both sides add a track at once', async () => {
    expect(await play(40, createLink)).to.deep.equal([]);
  }).timeout(60_000);

  it('converges 20 times of 20 when both sides add a track and restart ICE at once', async () => {
    expect(await play(20, createLink, { restart: true })).to.deep.equal([]);
  }).timeout(60_000);

  it('converges 20 times of 20 when signals also overtake each other', async () => {
    expect(await play(20, createLink, { ordered: false })).to.deep.equal([]);
  }).timeout(60_000);

  it('converges 20 times of 20 when signals also arrive doubled, stale and late', async () => {
    expect(await play(20, createLink, { restart: true, ordered: false, hostile: true })).to.deep.equal([]);
  }).timeout(60_000);

  it('leaves no frozen picture at either side, 5 times of 5', async () => {
    expect(await playPictures(5)).to.equal(0);
  }).timeout(60_000);

  it('breaks a naive handler', async () => {
    expect(await play(10, createNaive, { patienceMs: 500 })).to.have.length(10);
  }).timeout(60_000);
});
