/**
 * The devices that the person, or a moderator, turned off on this page, by the server's canonical URL.
 *
 * A device that was turned off stays off in every call on that server, whatever becomes of elements, rooms and
 * connections, until the person or the page turns it on. This is kept in memory only, so that a reload starts with the
 * attributes of the elements again.
 */
export const turnedOff: Record<string, TurnedOff> = {};

/** True if the device is off. The key is the method of `LocalMedia` that turns the device on and off. */
export type TurnedOff = { [set in 'setMicrophone' | 'setCamera']?: boolean };
