/** Makes `stream` contain exactly these tracks and returns it, or `null` if there are none. */
export function syncTracks(
  stream: MediaStream,
  entries: Iterable<{ readonly track: MediaStreamTrack }>,
): MediaStream | null {
  const wanted = new Set(Array.from(entries, ({ track }) => track));
  for (const track of stream.getTracks()) if (!wanted.has(track)) stream.removeTrack(track);
  for (const track of wanted) stream.addTrack(track);
  return wanted.size > 0 ? stream : null;
}
