/** What a call loads when it knows what is in its menu, one line. */
import { Capability } from '../../internal/capability.ts';

export const personal = new Capability((_at) => import('../personal/personal.ts'));
