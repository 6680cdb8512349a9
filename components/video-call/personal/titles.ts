/** The tooltips of buttons: what a press does now, and its key. Holds the letters that the keyboard writes. */
import type { Term, Tool } from '../toolbar.ts';
import { KEYS } from './keys.ts';

/** In Chromium, for pages that are no frame. */
interface Keyboard {
  getLayoutMap(): Promise<ReadonlyMap<string, string>>;
}

const letters = new Map(Object.keys(KEYS).map((code) => [code, code.slice(-1)]));

/** Learns which letter stands on each key. On a French keyboard the key of M writes a comma. */
export async function learnLetters(navigator: Navigator & { readonly keyboard?: Keyboard }): Promise<void> {
  const layout = await navigator.keyboard?.getLayoutMap();
  for (const code of letters.keys()) {
    const letter = layout?.get(code);
    if (letter) letters.set(code, letter.toUpperCase());
  }
}

/** The letter of the key that does what a button does; `undefined` for none. */
export function letterOf(action: Tool['action']): string | undefined {
  const code = Object.keys(KEYS).find((one) => KEYS[one] === action);
  return code && letters.get(code);
}

function actionOf({ action, on, label }: Tool, term: Term): string {
  if (action === 'microphone') return term(on ? 'callMute' : 'callUnmute');
  if (action === 'camera') return term(on ? 'callCameraOff' : 'callCameraOn');
  return action === 'screen' && on ? term('callScreenStop') : label;
}

/** @param hasKeys false where the page wants no keys */
export function titleOf(tool: Tool, term: Term, hasKeys: boolean, isHeld: boolean): string {
  const holds = isHeld && tool.action === 'microphone';
  const action = holds ? term('callHoldToTalk') : actionOf(tool, term);
  const key = holds ? term('callSpaceBar') : letterOf(tool.action);
  return key && hasKeys ? term('callWithKey', action, key) : action;
}
