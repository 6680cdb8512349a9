import { expect } from 'chai';
import { callApp, serverUrl } from '../support/server/real-server.ts';

describe('the server beside the tests', () => {
  it('answers from its own origin and obeys the tests', async () => {
    const response = await fetch(`${await serverUrl()}/api/rooms`);
    expect(response.ok).to.equal(true);
    expect(await callApp('rooms')).to.be.an('array');
  });
});
