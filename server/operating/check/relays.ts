/** Tries each address of `TURN_URLS`: it asks for an address as a guest would, and sends one packet through it. */
import type { Config } from '../../config/config.ts';
import { tryRelay } from '../../turn/allocate.ts';
import { SENTENCES } from '../../turn/relay-watch.ts';
import { passPacket } from '../../turn/relayed-packet.ts';
import type { Passage } from '../../turn/relayed-packet.ts';
import { parseTurnUrl } from '../../turn/stun-transport.ts';
import type { Finding } from './finding.ts';

const DENIED =
  'whether its relay ports are open was not tried: it denies packets to this machine, as it should in production ' +
  'where its address is a private one. Ask from a machine with a public address';

function describePassage({ state, reason, relayed }: Passage): Pick<Finding, 'verdict' | 'text'> {
  const because = reason && ` (${reason})`;
  if (state === 'relayed')
    return { verdict: 'ok', text: `gives out addresses, and a packet to ${relayed} came through it` };
  if (state === 'denied') return { verdict: '-', text: `gives out addresses; ${DENIED}` };
  return {
    verdict: 'wrong',
    text:
      `gives out addresses, but no packet to ${relayed} came through it${because}: its relay ports are closed. ` +
      'Open min-port to max-port (49152 to 65535 unless set otherwise) for UDP, and see that external-ip is right',
  };
}

async function checkRelay(url: string, config: Config, now: () => number): Promise<Finding> {
  const find = (verdict: Finding['verdict'], text: string): Finding => ({
    part: 'turn',
    verdict,
    text: `${url}: ${text}`,
  });
  const relay = parseTurnUrl(url);
  if (!relay) return find('wrong', 'this is no address of a TURN server, such as turn:turn.example:3478?transport=udp');
  let passage: Passage | null = null;
  const report = await tryRelay({
    url,
    secret: config.turnSecret,
    ttlMs: config.turnTtl,
    now,
    signal: new AbortController().signal,
    use: async (allocation) => {
      passage = await passPacket(allocation);
    },
  });
  if (!report) return find('-', 'not tried, because Node has no DTLS');
  if (report.state !== 'up') return find('wrong', `${SENTENCES[report.state]} (${report.reason})`);
  const { verdict, text } = describePassage(
    passage ?? { state: 'lost', reason: 'it could not be sent', relayed: 'it' },
  );
  return find(verdict, text);
}

export async function checkRelays(config: Config, now: () => number): Promise<Finding[]> {
  if (config.turnUrls.length === 0)
    return [
      {
        part: 'turn',
        verdict: '-',
        text: 'TURN_URLS is not set: guests behind strict firewalls do not reach each other',
      },
    ];
  return Promise.all([...new Set(config.turnUrls)].map((url) => checkRelay(url, config, now)));
}
