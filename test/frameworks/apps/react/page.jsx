import { VALUES } from '../values.js';
import { Booleans, Call } from './app.jsx';

export const Page = ({ call }) => call ? <Call {...call} /> : <>
  {VALUES.map((value, index) => <div key={index} data-value={index}><Booleans value={value} /></div>)}
</>;
