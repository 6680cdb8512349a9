/** What a call loads once its menu is there, one line each. It stands apart so that the first chunk has none of it. */
import { Capability } from '../../internal/capability.ts';

export const hands = new Capability((_at) => import('../hands/hands.ts'));
export const pip = new Capability((_at) => import('../pip/pip.ts'));
export const personal = new Capability((_at) => import('../personal/personal.ts'));
