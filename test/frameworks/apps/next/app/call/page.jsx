import Link from 'next/link';
import { Suspense } from 'react';
import { Screen } from './screen.jsx';

async function Asked({ searchParams }) {
  const { server, room, join, cameraOff } = await searchParams;
  return <Screen server={server} room={room} join={join === 'true'} cameraOff={cameraOff === 'true'} />;
}

export default function Page({ searchParams }) {
  return <>
    <Link id="to-home" prefetch={false} href="/">Home</Link>
    <Suspense><Asked searchParams={searchParams} /></Suspense>
  </>;
}
