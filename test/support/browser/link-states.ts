/** Runs in a page: for each of its connections, its state and that of the channel of its link: `connected open`. */
export function readLinkStates(): Promise<string[]> {
  return Promise.all(
    window.watched.connections.map(async (connection) => {
      const stats = [...(await connection.getStats()).values()] as { type: string; label?: string; state?: string }[];
      const link = stats.find(({ type, label }) => type === 'data-channel' && label === 'link');
      return `${connection.connectionState} ${link?.state}`;
    }),
  );
}
