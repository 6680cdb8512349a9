'use client';

import 'sarangbang/video-call.js';
import type { VideoCall } from 'sarangbang';
import 'sarangbang/react';
import { useEffectEvent, useLayoutEffect, useRef } from 'react';

interface CallProps {
  server: string;
  room: string;
  join: boolean;
  cameraOff: boolean;
  onState(state: VideoCall['state']): void;
}

export function Call({ server, room, join, cameraOff, onState }: CallProps) {
  const ref = useRef<VideoCall>(null);
  const tell = useEffectEvent(() => onState(ref.current!.state));
  // React sets no listener on markup that a server wrote, and hides a page that it keeps without removing its call.
  useLayoutEffect(() => {
    const call = ref.current!;
    call.addEventListener('state-change', tell);
    call.room = room;
    return () => {
      call.removeEventListener('state-change', tell);
      call.room = '';
    };
  }, [room]);
  return <video-call ref={ref} server={server} room={room} autojoin={join} cameraOff={cameraOff} />;
}
