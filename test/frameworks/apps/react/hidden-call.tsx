import 'sarangbang/video-call.js';
import 'sarangbang/react';
import { useLayoutEffect, useRef } from 'react';
import type { VideoCall } from 'sarangbang';

/** Hidden, it is in no room. */
export function HiddenCall({ server, room }: { server: string; room: string }) {
  const call = useRef<VideoCall>(null);

  useLayoutEffect(() => {
    const element = call.current!;
    element.room = room;
    return () => {
      element.room = '';
    };
  }, [room]);

  return <video-call ref={call} server={server} autojoin />;
}
