import 'sarangbang/video-call.js';
import 'sarangbang/react';
import { useLayoutEffect, useRef, useState } from 'react';
import type { CallParticipant, VideoCall } from 'sarangbang';

/** The people who want to speak, the first one first. */
const queueOf = (call: VideoCall): CallParticipant[] =>
  call.participants.filter(({ hand }) => hand).sort((one, other) => one.handPlace! - other.handPlace!);

/** The call of a class: raised hands, the last reaction, whether only the teacher speaks, and a check. */
export function ClassCall({ server, room }: { server: string; room: string }) {
  const call = useRef<VideoCall>(null);
  const [hands, setHands] = useState<CallParticipant[]>([]);
  const [reaction, setReaction] = useState('');
  const [speakers, setSpeakers] = useState('everyone');
  const [network, setNetwork] = useState('');

  // In an effect and not as `onhand-change`, because React attaches no listener to what a server rendered.
  useLayoutEffect(() => {
    const element = call.current!;
    const page = new AbortController();
    const { signal } = page;
    element.addEventListener('hand-change', () => setHands(queueOf(element)), { signal });
    element.addEventListener('reaction-receive', ({ emoji }) => setReaction(emoji), { signal });
    element.addEventListener('permissions-change', ({ permissions }) => setSpeakers(permissions.microphone), { signal });
    element.addEventListener('check-complete', ({ result }) => setNetwork(result.network), { signal });
    return () => page.abort();
  }, []);

  const next = speakers === 'everyone' ? 'moderators' : 'everyone';
  return (
    <section>
      <video-call ref={call} server={server} room={room} autojoin cameraOff sounds />
      <button onClick={() => void call.current!.raiseHand()}>Hand</button>
      <button onClick={() => void call.current!.react('👏')}>Clap</button>
      <button onClick={() => void call.current!.setPermission('microphone', next)}>Speakers: {next}</button>
      <button onClick={() => void call.current!.checkConnection()}>Check</button>
      <ol>
        {hands.map(({ id, displayName }) => (
          <li key={id}>{displayName}</li>
        ))}
      </ol>
      <output>{[reaction, speakers, network].join(' ')}</output>
    </section>
  );
}
