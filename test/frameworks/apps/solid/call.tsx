import 'sarangbang/video-call.js';
import 'sarangbang/solid';
import { createSignal, onMount } from 'solid-js';
import type { CallState, VideoCall } from 'sarangbang';

interface Props {
  server: string;
  room: string;
  join: boolean;
  cameraOff: boolean;
}

export function Call(props: Props) {
  let call!: VideoCall;
  const [state, setState] = createSignal<CallState>('idle');

  // A call that a server rendered may have begun before this component listens.
  onMount(() => setState(call.state));

  return (
    <section>
      <video-call
        ref={call}
        server={props.server}
        room={props.room}
        autojoin={props.join}
        camera-off={props.cameraOff}
        on:state-change={(event) => setState(event.state)}
      />
      <output>{state()}</output>
    </section>
  );
}
