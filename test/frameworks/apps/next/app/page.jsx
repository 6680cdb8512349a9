'use client';

import Link from 'next/link';
import { useEffect, useState } from 'react';
import { Hydrated } from './hydrated.jsx';

export default function Home() {
  const [search, setSearch] = useState('');
  useEffect(() => setSearch(location.search), []);
  return <>
    <Link id="to-booleans" prefetch={false} href="/booleans">Booleans</Link>
    <Link id="to-call" prefetch={false} href={`/call${search}`}>Call</Link>
    <Hydrated />
  </>;
}
