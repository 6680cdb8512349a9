'use client';

import { useState } from 'react';
import { Hydrated } from '../hydrated.jsx';
import { Call } from './call.tsx';

export function Screen(props) {
  const [isShown, setShown] = useState(true);
  const [key, setKey] = useState(0);
  const [heard, setHeard] = useState([]);
  return <>
    <button id="show" onClick={() => setShown(!isShown)}>Show or hide</button>
    <button id="again" onClick={() => setKey(key + 1)}>Another element</button>
    <output>{heard.join(' ')}</output>
    {isShown && <Call key={key} {...props} onState={(state) => setHeard((before) => [...before, state])} />}
    <Hydrated />
  </>;
}
