import 'sarangbang/video-call.js';
import 'sarangbang/solid';
import { createSignal, For } from 'solid-js';
import type { CallParticipant, Permitted, VideoCall } from 'sarangbang';

/** The people who want to speak, the first one first. */
const queueOf = (call: VideoCall): CallParticipant[] =>
  call.participants.filter(({ hand }) => hand).sort((one, other) => one.handPlace! - other.handPlace!);

/** The call of a class: raised hands, the last reaction, whether only the teacher speaks, and a check. */
export function ClassCall(props: { server: string; room: string }) {
  let call!: VideoCall;
  const [hands, setHands] = createSignal<CallParticipant[]>([]);
  const [reaction, setReaction] = createSignal('');
  const [speakers, setSpeakers] = createSignal<Permitted>('everyone');
  const [network, setNetwork] = createSignal('');
  const next = (): Permitted => (speakers() === 'everyone' ? 'moderators' : 'everyone');

  return (
    <section>
      <video-call
        ref={call}
        server={props.server}
        room={props.room}
        autojoin
        camera-off
        sounds
        on:hand-change={() => setHands(queueOf(call))}
        on:reaction-receive={({ emoji }) => setReaction(emoji)}
        on:permissions-change={({ permissions }) => setSpeakers(permissions.microphone)}
        on:check-complete={({ result }) => setNetwork(result.network)}
      />
      <button onClick={() => void call.raiseHand()}>Hand</button>
      <button onClick={() => void call.react('👏')}>Clap</button>
      <button onClick={() => void call.setPermission('microphone', next())}>Speakers: {next()}</button>
      <button onClick={() => void call.checkConnection()}>Check</button>
      <ol>
        <For each={hands()}>{({ displayName }) => <li>{displayName}</li>}</For>
      </ol>
      <output>{[reaction(), speakers(), network()].join(' ')}</output>
    </section>
  );
}
