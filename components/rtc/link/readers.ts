/**
 * The code that reads a link's figures and limits what is sent to what receivers show. Seeing and hearing others does
 * not need it, so nothing waits for it: without it a call continues without figures. It is not wanted before the first
 * picture, unless others already show what this page sends.
 */
import { Capability } from '../../internal/capability.ts';

export const readers = new Capability((_at) => import('../observing.ts'));
