/** The settings of a call as the call sees them: loaded when first asked for, and shown from then on. */
import { lazy } from '../../internal/capability.ts';
import type { renderSettings as Render } from './settings-view.ts';

export let renderSettings: typeof Render | undefined;

const loadView = lazy((_at) => import('./settings-view.ts'));

/** @throws CodedError `server-unreachable` where the module does not come */
export async function loadSettings(): Promise<void> {
  ({ renderSettings } = await loadView());
}
