import 'sarangbang/react';
import type { VideoCall } from 'sarangbang';

export const templates = (
  <main>
    <video-call room={42} /> {/* mistake: wrong type of room */}
    <video-call layout="gird" /> {/* mistake: wrong type of layout */}
    <device-picker kinds={['audioinput']} /> {/* mistake: wrong type of kinds */}
    <video-call muted="yes" /> {/* mistake: wrong type of muted */}
    <video-call camera-off="yes" /> {/* mistake: wrong type of a dashed attribute */}
    <video-call romm="standup" /> {/* mistake: misspelt property */}
    <video-call camera-of /> {/* unseen: JSX takes any name with a dash */}
    <room-list layout="grid" /> {/* mistake: property of another element */}
    <room-list camera-off /> {/* mistake: dashed attribute of another element */}
    <video-call oncall-join={(event) => event.reason} /> {/* mistake: handler reads a field that its event lacks */}
    <room-list oncall-join={() => {}} /> {/* mistake: event of another element */}
    <video-call state="joined" /> {/* mistake: read-only property assigned in a template */}
  </main>
);

export function call(element: VideoCall): void {
  void element.toggleMicrophone('on'); // mistake: method with a wrong argument
  element.state = 'joined'; // mistake: read-only property assigned
}
