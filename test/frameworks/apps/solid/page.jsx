import { Show } from 'solid-js';
import { Call } from './call.tsx';

export const Page = (props) => (
  <Show when={props.turn} keyed fallback={<p>Elsewhere</p>}>
    {(_turn) => <Call {...props.call} />}
  </Show>
);
