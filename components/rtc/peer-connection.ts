/** How the page makes an `RTCPeerConnection`. */

export type CreatePeerConnection = (configuration: RTCConfiguration) => RTCPeerConnection;

/** Makes a connection without ICE servers, instead of none, if the browser rejects the address of one of them. */
export function tolerant(create: CreatePeerConnection): CreatePeerConnection {
  return (configuration) => {
    try {
      return create(configuration);
    } catch {
      return create({ ...configuration, iceServers: [] });
    }
  };
}
