import { Show } from 'solid-js';
import { Call } from './call.tsx';
import { ClassCall } from './class-call.tsx';

const Meeting = (props) => (
  <Show when={props.turn} keyed fallback={<p>Elsewhere</p>}>
    {(_turn) => <Call {...props.call} />}
  </Show>
);

export const Page = (props) => (
  <Show when={props.inClass} fallback={<Meeting {...props} />}>
    <ClassCall {...props.inClass} />
  </Show>
);
