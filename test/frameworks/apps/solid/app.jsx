export function Call(props) {
  return <video-call room={props.room} autojoin={props.join} camera-off={props.cameraOff} />;
}

export function Booleans(props) {
  return <>
    <video-call data-cell="unlisted" unlisted={props.value} />
    <video-call data-cell="autojoin" autojoin={props.value} />
    <video-call data-cell="muted" muted={props.value} />
    <video-call data-cell="cameraOff" camera-off={props.value} />
    <video-call data-cell="audioOnly" audio-only={props.value} />
    <video-call data-cell="noControls" no-controls={props.value} />
    <video-call data-cell="relayOnly" relay-only={props.value} />
    <chat-room data-cell="unlisted" unlisted={props.value} />
    <chat-room data-cell="readonly" readonly={props.value} />
    <room-list data-cell="noCreate" no-create={props.value} />
    <device-picker data-cell="preview" preview={props.value} />
  </>;
}
