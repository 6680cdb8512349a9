import { html } from 'lit';
import { VALUES } from '../values.js';
import { booleans, call, properties } from './app.js';

// To Lit a text is a yes, 'false' too, and '' a no: a text is given to the property, which reads it.
const write = (value) => (typeof value === 'string' ? properties(value) : booleans(value));
export const page = (props) => (props.call ? call(props.call) : html`${VALUES.map((value, index) => html`
  <div data-value=${index}>${write(value)}</div>`)}`);
