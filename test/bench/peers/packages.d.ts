/**
 * What the pages and servers of the peers (the other products) use of packages that only `test/bench/package.json` has.
 * The root installs none of them, so the compiler cannot read their own declarations.
 */
declare module 'peer' {
  import type { Server } from 'node:http';

  export function PeerServer(
    options: { host: string; port: number; path: string },
    onListening: (server: Server) => void,
  ): unknown;
}

declare module 'peerjs' {
  export class MediaConnection {
    answer(stream: MediaStream): void;
    on(name: 'stream', listener: (stream: MediaStream) => void): void;
  }

  export class Peer {
    constructor(id: string, options: { host: string; port: number; path: string; config: RTCConfiguration });
    call(id: string, stream: MediaStream): MediaConnection;
    on(name: 'open', listener: () => void): void;
    on(name: 'call', listener: (call: MediaConnection) => void): void;
  }
}

declare module 'simple-peer/simplepeer.min.js' {
  export default class SimplePeer {
    constructor(options: { initiator: boolean; stream: MediaStream; config: RTCConfiguration });
    signal(data: unknown): void;
    on(name: 'signal', listener: (data: unknown) => void): void;
    on(name: 'stream', listener: (stream: MediaStream) => void): void;
  }
}
