import { Call } from './call.tsx';
import { ClassCall } from './class-call.tsx';

export function Page({ turn, call, inClass }) {
  if (inClass) return <ClassCall {...inClass} />;
  return turn ? <Call key={turn} {...call} /> : <p>Elsewhere</p>;
}
