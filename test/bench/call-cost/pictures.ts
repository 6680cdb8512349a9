/** Where the pictures of a page are. Both functions run in the page. */

/** Where a picture is on its page, in CSS pixels. */
export interface Place {
  isOwn: boolean;
  left: number;
  top: number;
  width: number;
  height: number;
  fit: string;
}

/** All playing videos, in shadow roots as well. */
export function findPlaces(): Place[] {
  const videos: HTMLVideoElement[] = [];
  const search = (root: Document | ShadowRoot): void => {
    for (const element of root.querySelectorAll('*')) {
      if (element instanceof HTMLVideoElement && element.videoWidth > 0) videos.push(element);
      if (element.shadowRoot) search(element.shadowRoot);
    }
  };
  search(document);
  const own = new Set(window.watched.tracks.map(({ id }) => id));
  return videos.map((video) => {
    const { left, top, width, height } = video.getBoundingClientRect();
    const [track] = (video.srcObject as MediaStream).getVideoTracks();
    const fit = getComputedStyle(video).objectFit;
    return { isOwn: own.has(track?.id ?? ''), left, top, width, height, fit };
  });
}

/** Moves both videos of a plain page, the own camera and the other participant, to the given places. */
export function movePictures(places: readonly Place[]): void {
  const own = new Set(window.watched.tracks.map(({ id }) => id));
  for (const video of document.querySelectorAll('video')) {
    const [track] = (video.srcObject as MediaStream).getVideoTracks();
    const isOwn = own.has(track?.id ?? '');
    const place = places.find((one) => one.isOwn === isOwn);
    if (!place) continue;
    const { left, top, width, height, fit } = place;
    // The smaller picture may lie on the larger one.
    video.style.cssText = `position: absolute; left: ${left}px; top: ${top}px; inline-size: ${width}px;
      block-size: ${height}px; object-fit: ${fit}; z-index: ${isOwn ? 1 : 0}`;
  }
}
