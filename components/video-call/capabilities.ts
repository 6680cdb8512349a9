/** What a call loads late, one line each. `CONTRIBUTING.md` tells how to add a capability. */
import { Capability } from '../internal/capability.ts';

export const settings = new Capability((_at) => import('./dialogs/settings-view.ts'));
export const moderation = new Capability((_at) => import('./dialogs/moderation-view.ts'));
export const invitation = new Capability((_at) => import('./invitation/invitation.ts'));
export const lobby = new Capability((_at) => import('./lobby/lobby.ts'));
export const more = new Capability((_at) => import('./more/more.ts'));
export const extras = new Capability((_at) => import('./extras.ts'));
