/** The settings of a call as the call sees them: loaded when first asked for, and shown from then on. */
import { CodedError } from '../internal/coded-error.ts';
import type { renderSettings as Render } from './settings-view.ts';

export let renderSettings: typeof Render | undefined;

/** @throws CodedError `server-unreachable` where the module does not come */
export async function loadSettings(): Promise<void> {
  try {
    ({ renderSettings } = await import('./settings-view.ts'));
  } catch (cause) {
    throw new CodedError('server-unreachable', undefined, { cause });
  }
}
