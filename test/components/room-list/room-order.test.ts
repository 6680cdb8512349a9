import { expect } from 'chai';
import { RoomOrder } from '../../../components/room-list/room-order.ts';
import { Dice } from '../../support/dice.ts';

describe('the order of rooms', () => {
  const room = (name: string, participantCount: number, inCallCount = 0) => ({
    name,
    participantCount,
    inCallCount,
    locked: false,
  });
  const namesOf = (rooms: readonly { name: string }[]): string => rooms.map(({ name }) => name).join(' ');

  it('puts calls first, then the fuller, then by name as people sort', () => {
    const order = new RoomOrder();
    expect(
      namesOf(
        order.sort([room('room10', 1), room('room9', 1), room('full', 9), room('call', 2, 2), room('Apple', 1)], false),
      ),
    ).to.equal('call full Apple room9 room10');
  });

  it('stays as it is while held, new ones last, and is settled afterwards', () => {
    const order = new RoomOrder();
    order.sort([room('a', 3), room('b', 2), room('c', 1)], false);
    const changed = [room('c', 9), room('n', 20), room('a', 3)];
    expect(namesOf(order.sort(changed, true))).to.equal('a c n');
    expect(order.sort(changed, true)[1]!.participantCount).to.equal(9);
    expect(namesOf(order.sort(changed, false))).to.equal('n c a');
  });

  it('is the same after many small changes as if it had been sorted from scratch', () => {
    const dice = new Dice(7);
    const below = (count: number): number => Math.floor(dice.between(0, count));
    const order = new RoomOrder();
    const rooms = new Map(Array.from({ length: 300 }, (_, index) => [`room ${index}`, room(`room ${index}`, 1)]));
    for (let round = 0; round < 200; round++) {
      for (let times = below(4); times >= 0; times--) {
        const name = `room ${below(320)}`;
        if (below(3) === 0) rooms.delete(name);
        else rooms.set(name, room(name, below(5), below(2)));
      }
      const list = [...rooms.values()];
      expect(namesOf(order.sort(list, false))).to.equal(namesOf(new RoomOrder().sort(list, false)));
    }
  });

  it('compares only a few rooms when one of five thousand changes', () => {
    let read = 0;
    const counted = (name: string, count: number) => ({
      name,
      get participantCount() {
        read++;
        return count;
      },
      inCallCount: 0,
      locked: false,
    });
    const order = new RoomOrder();
    const rooms = Array.from({ length: 5_000 }, (_, index) => counted(`room ${index}`, index % 7));
    order.sort(rooms, false);
    read = 0;
    order.sort([...rooms.slice(0, 70), counted('room 70', 50), ...rooms.slice(71)], false);
    expect(read).to.be.within(2, 100);
  });

  it('reads only the names of rooms that changed, also while it is held', () => {
    let read = 0;
    const counted = (name: string, participantCount: number) => ({
      get name() {
        read++;
        return name;
      },
      participantCount,
      inCallCount: 0,
      locked: false,
    });
    for (const held of [false, true]) {
      const order = new RoomOrder();
      const rooms = Array.from({ length: 5_000 }, (_, index) => counted(`room ${index}`, 5_000 - index));
      order.sort(rooms, false);
      read = 0;
      const full = counted('room 70', 9_000);
      const sorted = order.sort([...rooms.slice(0, 70), full, ...rooms.slice(71)], held);
      expect(sorted.indexOf(full)).to.equal(held ? 70 : 0);
      expect(read, `held: ${held}`).to.be.within(1, 20);
    }
  });

  it('is the same while held, whether few rooms change or all are looked at', () => {
    const dice = new Dice(11);
    const below = (count: number): number => Math.floor(dice.between(0, count));
    const order = new RoomOrder();
    const rooms = new Map(Array.from({ length: 100 }, (_, index) => [`room ${index}`, room(`room ${index}`, 1)]));
    let places = order.sort([...rooms.values()], false).map(({ name }) => name);
    for (let round = 0; round < 200; round++) {
      for (let times = below(4); times >= 0; times--) {
        const name = `room ${below(120)}`;
        // A room that closes and opens again is new, and loses its place in the list.
        if (below(3) === 0) rooms.delete(name);
        else rooms.set(name, room(name, below(5), below(2)));
      }
      const list = [...rooms.values()];
      const kept = places.filter((name) => rooms.has(name));
      places = [...kept, ...list.map(({ name }) => name).filter((name) => !kept.includes(name))];
      const sorted = order.sort(list, true);
      expect(sorted.map(({ name }) => name)).to.deep.equal(places);
      expect(sorted.every((entry) => rooms.get(entry.name) === entry)).to.equal(true);
    }
  });

  it('of five thousand is found within a frame or two when one changes', () => {
    const order = new RoomOrder();
    const rooms = Array.from({ length: 5_000 }, (_, index) => room(`room ${index}`, index % 7));
    order.sort(rooms, false);
    const startedAt = performance.now();
    for (let round = 0; round < 10; round++) {
      rooms[round * 7] = room(`room ${round * 7}`, 50 + round);
      order.sort([...rooms], false);
    }
    expect((performance.now() - startedAt) / 10).to.be.lessThan(40);
  });
});
