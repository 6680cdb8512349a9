import 'axe-core/axe.js';
import type axeCore from 'axe-core';
import { expect } from 'chai';
import type { RoomList } from '../../../components/room-list/room-list.ts';
import { clearHouse, createList, freshRoom, guest, partOf, partsOf } from '../../support/browser/chats.ts';
import { eventually } from '../../support/waiting.ts';

const { axe } = window as unknown as { axe: typeof axeCore };

afterEach(async () => {
  document.documentElement.removeAttribute('style');
  for (const sheet of document.querySelectorAll('style[data-test]')) sheet.remove();
  await clearHouse();
});

async function violations(list: RoomList): Promise<string[]> {
  const found: string[] = [];
  for (const scheme of ['light', 'dark']) {
    document.documentElement.style.colorScheme = scheme;
    await Promise.allSettled(list.shadowRoot!.getAnimations().map(({ finished }) => finished));
    const results = await axe.run(list, { rules: { 'target-size': { enabled: true } } });
    found.push(
      ...results.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${scheme} ${id} ${JSON.stringify(target)} ${failureSummary}`),
      ),
    );
  }
  return found;
}

async function openRooms(list: RoomList, count: number): Promise<void> {
  const client = await guest('Mina');
  const prefix = freshRoom('many');
  const sessions = Array.from({ length: count }, (_, index) => client.join(`${prefix}-${index}`));
  await eventually('joined', () => sessions.every((session) => session.store.get().state === 'joined'));
  await sessions[0]!.joinCall({ joinId: 'x', tracks: [], receivesVideo: true });
  await eventually('known', () => list.rooms.length >= count && list.rooms.some(({ inCallCount }) => inCallCount > 0));
  await list.updateComplete;
}

describe('a list', () => {
  it('keeps nobody out: empty, full, chosen from, and wrong', async () => {
    const list = await createList();
    expect(await violations(list)).to.deep.equal([]);
    await openRooms(list, 5);
    partsOf(list, 'item')[1]!.click();
    await list.updateComplete;
    expect(await violations(list)).to.deep.equal([]);
    partOf(list, 'create-button').click();
    await list.updateComplete;
    expect(await violations(list)).to.deep.equal([]);
  }).timeout(30_000);

  it('is styled part by part from outside, and fits from 260 pixels on', async () => {
    const list = await createList();
    await openRooms(list, 2);
    partsOf(list, 'item')[0]!.click();
    await list.updateComplete;
    const parts = ['base', 'list', 'item', 'item-selected', 'name', 'count', 'composer', 'input', 'create-button'];
    const sheet = document.createElement('style');
    sheet.dataset.test = '';
    sheet.textContent = parts.map((part) => `room-list::part(${part}) { --test-${part}: yes }`).join('\n');
    document.head.append(sheet);
    for (const part of parts) {
      expect(partsOf(list, part).length, part).to.be.greaterThan(0);
      for (const element of partsOf(list, part))
        expect(getComputedStyle(element).getPropertyValue(`--test-${part}`), part).to.equal('yes');
    }
    for (const width of [260, 600]) {
      list.style.inlineSize = `${width}px`;
      expect(partOf(list, 'base').scrollWidth).to.be.at.most(width);
      for (const element of list.shadowRoot!.querySelectorAll<HTMLElement>('button, input'))
        expect(element.offsetHeight).to.be.at.least(40);
    }
  });

  it('has a line of its own for the field in a narrow column, so that its hint can be read', async () => {
    const list = await createList();
    list.style.inlineSize = '230px';
    const field = partOf(list, 'input').getBoundingClientRect();
    expect(field.width).to.be.at.least(190);
    expect(partOf(list, 'create-button').getBoundingClientRect().top).to.be.at.least(field.bottom);
  });

  it('scrolls where its height is limited, and is as high as its rooms where it is not', async () => {
    const list = await createList();
    await openRooms(list, 20);
    expect(partOf(list, 'list').scrollHeight).to.be.greaterThan(partOf(list, 'list').clientHeight);
    list.style.blockSize = '';
    expect(partOf(list, 'base').offsetHeight).to.be.greaterThan(20 * 40);
    list.style.maxBlockSize = '300px';
    expect(partOf(list, 'base').offsetHeight).to.equal(300);
    expect(partOf(list, 'list').scrollHeight).to.be.greaterThan(partOf(list, 'list').clientHeight);
  });

  it('lets the browser keep rows and pictures apart, so that a change or a key repaints little', async () => {
    const list = await createList();
    await openRooms(list, 2);
    const style = (selector: string) => getComputedStyle(list.shadowRoot!.querySelector(selector)!);
    expect(style('.list').isolation).to.equal('isolate');
    expect(style('li').contain).to.equal('layout style');
    expect(style('.item .icon').overflow).to.equal('visible');
  });

  it('draws at first what a screen shows and little more, and twice as many on request', async () => {
    const list = await createList();
    await openRooms(list, 35);
    await openRooms(list, 35);
    await eventually('all are known', () => list.rooms.length >= 70);
    await list.updateComplete;
    expect(partsOf(list, 'item')).to.have.length(24);
    partOf(list, 'more-button').click();
    await list.updateComplete;
    expect(partsOf(list, 'item')).to.have.length(48);
  });

  it('keeps each room’s row, and its place while it is pointed at', async () => {
    const list = await createList();
    await openRooms(list, 3);
    // Rooms of the tests before may take a moment to close, and those of a file before as long as a resume may take.
    await eventually('only the three', () => partsOf(list, 'item').length === 3, 30_000);
    const rows = partsOf(list, 'item');
    const names = rows.map(({ textContent }) => textContent.trim().split(/\s/)[0]);
    partOf(list, 'list').dispatchEvent(new PointerEvent('pointerenter'));
    rows[2]!.focus();
    await openRooms(list, 4);
    expect(
      partsOf(list, 'item')
        .slice(0, 3)
        .map((row, index) => row === rows[index]),
    ).to.deep.equal([true, true, true]);
    expect(
      partsOf(list, 'item')
        .slice(0, 3)
        .map(({ textContent }) => textContent.trim().split(/\s/)[0]),
    ).to.deep.equal(names);
    expect(list.shadowRoot!.activeElement === rows[2]).to.equal(true);
  }).timeout(60_000);
});
