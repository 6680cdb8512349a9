/** Makes `stream` hold just these tracks; `null` when there are none. The stream stays the same object. */
export function syncTracks(
  stream: MediaStream,
  entries: Iterable<{ readonly track: MediaStreamTrack }>,
): MediaStream | null {
  const wanted = new Set(Array.from(entries, ({ track }) => track));
  for (const track of stream.getTracks()) if (!wanted.has(track)) stream.removeTrack(track);
  for (const track of wanted) stream.addTrack(track);
  return wanted.size > 0 ? stream : null;
}
