import { expect } from 'chai';
import { render } from 'lit';
import type { LocaleController } from '../../../components/controllers/locale-controller.ts';
import { RoomListView, type RoomListHost } from '../../../components/room-list/room-list-view.ts';
import { RoomSearch } from '../../../components/room-list/room-search.ts';

describe('the search for rooms', () => {
  it('normalises each name once, and searches a longer text only in what the shorter one found', () => {
    let read = 0;
    const rooms = ['Maru', 'Marble', 'Ondol'].map((name) => ({
      get name() {
        read++;
        return name;
      },
      participantCount: 1,
      inCallCount: 0,
      locked: false,
    }));
    const search = new RoomSearch();
    const find = (text: string): number => search.find(rooms, text).length;
    expect([find('m'), find('ma'), find('mar'), find('MARU'), find('mar'), find('')]).to.deep.equal([2, 2, 2, 1, 2, 3]);
    expect(read).to.equal(3);
    expect(search.find([rooms[2]!], 'ond')).to.deep.equal([rooms[2]]);
  });

  it('stops when there are enough rooms, and goes on from there', () => {
    let read = 0;
    const rooms = Array.from({ length: 5_000 }, (_, index) => ({
      get name() {
        read++;
        return `room ${String(index).padStart(4, '0')}`;
      },
      participantCount: 1,
      inCallCount: 0,
      locked: false,
    }));
    const search = new RoomSearch();
    const find = (text: string, enough: number): number => search.find(rooms, text, enough).length;
    expect([find('r', 60), read]).to.deep.equal([60, 60]);
    expect([find('room', 60), read]).to.deep.equal([60, 60]);
    expect([find('room', 120), read]).to.deep.equal([120, 120]);
    expect([find('room 0119', 60), read]).to.deep.equal([1, 5_000]);
    expect([find('room 4', 60), find('room 4', Infinity), read]).to.deep.equal([60, 1_000, 5_000]);
  });
});

describe('the view of rooms', () => {
  it('looks at no row when a key or a change leaves the shown rooms as they are', () => {
    let read = 0;
    const counted = (name: string) => ({
      get name() {
        read++;
        return name;
      },
      participantCount: 1,
      inCallCount: 0,
      locked: false,
    });
    const place = document.createElement('div');
    const host = Object.assign(document.createElement('div'), {
      rooms: Array.from({ length: 200 }, (_, index) => counted(`room ${1_000 + index}`)),
      selected: '',
      noCreate: false,
      requestUpdate: () => undefined,
    });
    const locale = { term: () => '', lang: () => 'en', number: String } as unknown as LocaleController;
    const view = new RoomListView(host as unknown as RoomListHost, locale, {
      onChoose: () => undefined,
      onRefuse: () => undefined,
    });
    const draw = (): void => {
      read = 0;
      render(view.render({ ready: true, rooms: host.rooms, error: null }, null), place);
    };
    const type = (text: string): void => {
      const input = place.querySelector('input')!;
      input.value = text;
      input.dispatchEvent(new Event('input'));
      draw();
    };
    draw();
    const shown = place.querySelectorAll('li .item').length;
    expect(shown).to.be.within(20, 100);
    type('r');
    type('ro');
    // 200 reads: the name of each room once, to see whether a room with the typed name is open.
    expect(read).to.equal(200);
    type('');
    host.rooms = host.rooms.with(150, counted('room 1150'));
    draw();
    expect(read).to.be.below(20);
    host.rooms = host.rooms.with(1, counted('room 1001'));
    draw();
    expect(read).to.be.above(shown);
  });
});
