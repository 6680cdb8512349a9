/**
 * The devices that the person, or a moderator, turned off on this page, by the server's canonical URL.
 *
 * It holds in every call on that server, whatever becomes of elements, rooms and connections, until the person or the
 * page turns it on. Owns nothing else; in memory alone, so that a reload begins as the page says.
 */
export const turnedOff: Record<string, TurnedOff> = {};

/** By the method of `LocalMedia` that turns the device on again. */
export type TurnedOff = { [set in 'setMicrophone' | 'setCamera']?: boolean };
