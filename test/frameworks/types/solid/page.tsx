/* Named in `types` of the compiler's options. */
import type { VideoCall } from 'sarangbang';

export function Page({ room, join }: { room: string; join: boolean }) {
  let call!: VideoCall;
  const leave = () => call.toggleCamera(false);
  void leave;
  return (
    <main>
      <room-list for="chat call" selected={room} noCreate no-create on:room-select={(event) => event.room.trim()} />
      <chat-room id="chat" room={room} readonly={false} on:message-send={(event) => event.preventDefault()}>
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
        prop:noControls={join}
        bool:unlisted={join}
        attr:token="t"
        cameraOff={!join}
        camera-off={join ? undefined : true}
        layout="spotlight"
        constraints={{ audio: true }}
        on:call-join={(event) => event.room.trim()}
        on:call-leave={(event) => event.reason === 'element-removed'}
        on:state-change={({ state }) => state === 'joined'}
        on:knock={(event) => void event.currentTarget.admit(event.participant.id)}
      />
      <device-picker for="call" kinds="audioinput videoinput" preview value={{ audioinput: '' }} on:device-select={(event) => event.deviceId} />
    </main>
  );
}
