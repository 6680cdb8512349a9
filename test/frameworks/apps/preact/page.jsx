import { Call } from './call.tsx';

export const Page = ({ turn, call }) => (turn ? <Call key={turn} {...call} /> : <p>Elsewhere</p>);
