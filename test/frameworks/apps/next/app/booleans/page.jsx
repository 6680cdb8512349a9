import { Hydrated } from '../hydrated.jsx';

const VALUES = [false, true, undefined, 'false', ''];

const Booleans = ({ value }) => <>
  <video-call data-cell="unlisted" unlisted={value} />
  <video-call data-cell="autojoin" autojoin={value} />
  <video-call data-cell="muted" muted={value} />
  <video-call data-cell="cameraOff" cameraOff={value} />
  <video-call data-cell="audioOnly" audioOnly={value} />
  <video-call data-cell="noControls" noControls={value} />
  <video-call data-cell="relayOnly" relayOnly={value} />
  <chat-room data-cell="unlisted" unlisted={value} />
  <chat-room data-cell="readonly" readonly={value} />
  <room-list data-cell="noCreate" noCreate={value} />
  <device-picker data-cell="preview" preview={value} />
</>;

export default function Page() {
  return <>
    {VALUES.map((value, index) => <div key={index} data-value={index}><Booleans value={value} /></div>)}
    <Hydrated />
  </>;
}
