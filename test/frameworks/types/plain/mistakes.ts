import 'sarangbang';
import { RoomSelectEvent } from 'sarangbang/events.js';

const call = document.createElement('video-call');
const picker = document.createElement('device-picker');
const list = document.createElement('room-list');

call.room = 42; // mistake: wrong type of room
call.layout = 'gird'; // mistake: wrong type of layout
picker.kinds = ['audioinput']; // mistake: wrong type of kinds
call.muted = 'yes'; // mistake: wrong type of muted
call.romm = 'standup'; // mistake: misspelt property
list.layout = 'grid'; // mistake: property of another element
call.addEventListener('call-join', (event) => event.reason); // mistake: handler reads a field that its event lacks
list.addEventListener('call-join', (event) => event.reason); // mistake: handler of a fact reads a field that it lacks
list.addEventListener('call-joined', (event) => event.room); // mistake: event that there is not
document.addEventListener('call-join', (event) => event.room); // mistake: fact heard where it never comes
list.addEventListener('call-join', () => {}); // unseen: the platform's listener takes any name
void call.toggleMicrophone('on'); // mistake: method with a wrong argument
call.state = 'joined'; // mistake: read-only property assigned
export const event = new RoomSelectEvent(42); // mistake: event made of the wrong thing
