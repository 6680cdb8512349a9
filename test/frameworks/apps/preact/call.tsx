import 'sarangbang/video-call.js';
import 'sarangbang/preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CallState, VideoCall } from 'sarangbang';

interface Props {
  server: string;
  room: string;
  join: boolean;
  cameraOff: boolean;
}

export function Call({ server, room, join, cameraOff }: Props) {
  const call = useRef<VideoCall>(null);
  const [state, setState] = useState<CallState>('idle');

  // A call that a server rendered may have begun before this component listens.
  useLayoutEffect(() => setState(call.current!.state), []);

  return (
    <section>
      <video-call
        ref={call}
        server={server}
        room={room}
        autojoin={join}
        cameraOff={cameraOff}
        onstate-change={(event) => setState(event.state)}
      />
      <output>{state}</output>
    </section>
  );
}
