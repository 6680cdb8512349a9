/** How the page makes an `RTCPeerConnection`. */

export type CreatePeerConnection = (configuration: RTCConfiguration) => RTCPeerConnection;

/** The one place that makes a connection. */
export const createPeerConnection: CreatePeerConnection = (configuration) => new RTCPeerConnection(configuration);

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
