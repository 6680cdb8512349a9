import 'sarangbang/video-call.js';
import 'sarangbang/react';
import { useLayoutEffect, useRef, useState } from 'react';
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

  // Where React takes over what a server rendered, it attaches no `onstate-change`. An effect listens in every case.
  useLayoutEffect(() => {
    const element = call.current!;
    const showState = () => setState(element.state);
    showState();
    element.addEventListener('state-change', showState);
    return () => element.removeEventListener('state-change', showState);
  }, []);

  return (
    <section>
      <video-call ref={call} server={server} room={room} autojoin={join} cameraOff={cameraOff} />
      <output>{state}</output>
    </section>
  );
}
