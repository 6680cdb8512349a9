import 'sarangbang/video-call.js';
import 'sarangbang/preact';
import { useRef, useState } from 'preact/hooks';
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

  const next = speakers === 'everyone' ? 'moderators' : 'everyone';
  return (
    <section>
      <video-call
        ref={call}
        server={server}
        room={room}
        autojoin
        cameraOff
        sounds
        onhand-change={(event) => setHands(queueOf(event.currentTarget))}
        onreaction-receive={({ emoji }) => setReaction(emoji)}
        onpermissions-change={({ permissions }) => setSpeakers(permissions.microphone)}
        oncheck-complete={({ result }) => setNetwork(result.network)}
      />
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
