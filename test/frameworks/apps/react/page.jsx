import { Activity } from 'react';
import { Call } from './call.tsx';
import { ClassCall } from './class-call.tsx';
import { HiddenCall } from './hidden-call.tsx';

export function Page({ turn, call, hidden, inClass }) {
  if (inClass) return <ClassCall {...inClass} />;
  if (hidden !== undefined) return <Activity mode={hidden ? 'hidden' : 'visible'}><HiddenCall {...call} /></Activity>;
  return turn ? <Call key={turn} {...call} /> : <p>Elsewhere</p>;
}
