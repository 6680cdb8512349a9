import type {} from 'sarangbang/react';
import { useRef } from 'react';
import type { VideoCall } from 'sarangbang';

export function Page({ room, join }: { room: string; join: boolean }) {
  const call = useRef<VideoCall>(null);
  void call.current?.toggleCamera(false);
  return (
    <main>
      <room-list for="chat call" selected={room} noCreate no-create onroom-select={(event) => event.room.trim()} />
      <chat-room id="chat" room={room} readonly={false} onmessage-send={(event) => event.preventDefault()}>
        <p slot="empty">Nobody has said anything.</p>
      </chat-room>
      <video-call
        id="call"
        title="The call"
        ref={call}
        room={room}
        server="https://calls.example"
        displayName="Kim"
        display-name="Kim"
        autojoin={join}
        muted
        cameraOff={!join}
        camera-off={join ? undefined : true}
        layout="spotlight"
        constraints={{ audio: true }}
        oncall-join={(event) => event.room.trim()}
        oncall-leave={(event) => event.reason === 'element-removed'}
        onstate-change={({ state }) => state === 'joined'}
        onknock={(event) => void event.currentTarget.admit(event.participant.id)}
      />
      <device-picker for="call" kinds="audioinput videoinput" preview value={{ audioinput: '' }} ondevice-select={(event) => event.deviceId} />
    </main>
  );
}
