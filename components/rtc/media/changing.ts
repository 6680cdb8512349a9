/** What changes the media of this participant later: loaded after the first picture, or when it is needed. */
import { Capability } from '../../internal/capability.ts';

export const changing = new Capability((_at) => import('./device-changes.ts'));
