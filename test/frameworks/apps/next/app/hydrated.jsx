'use client';

import { useEffect } from 'react';

export function Hydrated() {
  useEffect(() => { document.documentElement.dataset.hydrated = 'yes'; }, []);
  return null;
}
