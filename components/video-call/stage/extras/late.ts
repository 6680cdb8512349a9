/** What a stage loads when it needs it. `CONTRIBUTING.md` tells how to add a capability. */
import { Capability } from '../../../internal/capability.ts';

export const pointing = new Capability((_at) => import('../../pointing/pointing.ts'));
