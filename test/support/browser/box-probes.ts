/** What a person sees of a call in its box. Functions that run inside a tested page, each self-contained. */

/** What the tests of a box use of a call; its public interface. */
export interface BoxCall extends HTMLElement {
  state: string;
  waiting: readonly { id: string }[];
  participants: readonly unknown[];
  join(): Promise<void>;
  leave(): Promise<void>;
  lockRoom(on: boolean): Promise<boolean>;
  admit(id: string): Promise<void>;
}

/**
 * Resolves to what is wrong with the call in `#box` once its view has settled.
 * @param needed selector of what must be wholly in sight
 */
export async function readBox(needed: string): Promise<string[]> {
  const call = document.querySelector('#box video-call') as HTMLElement & { updateComplete: Promise<unknown> };
  const root = call.shadowRoot!;
  // The observer of the box reports after a frame; what it changes is drawn with the next one.
  for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame);
  await call.updateComplete;
  const wrong: string[] = [];
  const outer = document.querySelector('#box')!.getBoundingClientRect();
  const box = call.getBoundingClientRect();
  if (Math.abs(box.width - outer.width) + Math.abs(box.height - outer.height) > 0.5)
    wrong.push(`the call has ${box.width}×${box.height}`);
  const isCompact = call.matches(':state(compact)');
  const em = parseFloat(getComputedStyle(root.querySelector('.base')!).fontSize);
  if (isCompact !== box.height < 18 * em) wrong.push(`:state(compact) is ${isCompact}`);
  const seen = [...root.querySelectorAll<HTMLElement>(needed)].filter((element) => element.checkVisibility());
  for (const one of needed.split(', '))
    if (!seen.some((element) => element.matches(one))) wrong.push(`there is no ${one}`);
  for (const element of seen) {
    const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
    const name = element.className;
    const isInside = left >= box.left - 0.5 && right <= box.right + 0.5 && top >= box.top - 0.5;
    if (!isInside || bottom > box.bottom + 0.5) wrong.push(`${name} reaches from ${left},${top} to ${right},${bottom}`);
    const hit = root.elementFromPoint(left + width / 2, top + height / 2);
    if (!hit || !(element.contains(hit) || hit.contains(element)))
      wrong.push(`${name} is covered by ${hit?.className || hit?.localName}`);
    if (element.matches('button') && height < 40) wrong.push(`${name} is ${height} px high`);
  }
  const tools = [...root.querySelectorAll<HTMLElement>('.controls .tool')].filter((tool) => tool.checkVisibility());
  if (new Set(tools.map((tool) => Math.round(tool.getBoundingClientRect().top))).size > 1)
    wrong.push('the toolbar has two rows');
  for (const tool of tools) {
    const { left, right } = tool.getBoundingClientRect();
    if (left < box.left || right > box.right) wrong.push(`${tool.className} is outside`);
  }
  return wrong;
}
