import { expect } from 'chai';
import { wayBackOf } from '../../../components/internal/way-back.ts';
import { ERROR_CODES } from '../../../server/protocol.ts';

describe('the button back into a room', () => {
  const NONE = [
    'removed',
    'not-allowed',
    'token-required',
    'token-invalid',
    'token-expired',
    'origin-refused',
    'version-mismatch',
  ];

  it('is offered for each code only where it can help, and says what it does', () => {
    for (const code of ERROR_CODES) {
      for (const failed of [true, false]) {
        const expected = NONE.includes(code)
          ? null
          : code === 'knock-refused'
            ? 'askAgain'
            : failed || code === 'cancelled'
              ? 'tryAgain'
              : 'joinAgain';
        expect(wayBackOf(code, failed), code).to.equal(expected);
      }
    }
  });

  it('leads back after a call that was left or ended', () => {
    for (const reason of [undefined, 'callLeft', 'callEnded', 'replaced'])
      expect(wayBackOf(reason, false), reason).to.equal('joinAgain');
  });
});
