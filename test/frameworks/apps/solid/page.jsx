import { For, Show } from 'solid-js';
import { VALUES } from '../values.js';
import { Booleans, Call } from './app.jsx';

export const Page = (props) => (
  <Show when={props.call} fallback={
    <For each={VALUES}>{(value, index) => <div data-value={index()}><Booleans value={value} /></div>}</For>
  }>
    <Call {...props.call} />
  </Show>
);
