/** What every `ChatLog` must do, wherever it keeps messages. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { ChatDraft, ChatLog } from '../../../server/rooms/chat-log.ts';
import { BACKENDS } from '../../support/server/backends.ts';
import { stopOwnRedis } from '../../support/server/redis-server.ts';
import { eventually } from '../../support/waiting.ts';

const draft = (from: string, text: string, more: Partial<ChatDraft> = {}): ChatDraft => ({
  clientId: text,
  from: { id: from, displayName: from },
  text,
  kind: 'text',
  ...more,
});

async function texts(
  log: ChatLog,
  viewer: string,
  query: { after?: string; before?: string; limit?: number } = {},
): Promise<string[]> {
  return (await log.read('a', viewer, { limit: 1_000, ...query })).messages.map(({ text }) => text);
}

after(stopOwnRedis);

for (const { name, open, outlives, place } of BACKENDS) {
  describe(`chat in ${name}`, () => {
    test('returns a message as it was given, with a time and an id that ascends', async (t) => {
      const { chatLog } = await open(t);
      const before = Date.now();
      const strange = 'a "quoted" \\ / \u0000 \u2028 \u{1f600} {"id":"0"} ✓ </script>';
      const ids: string[] = [];
      for (const text of ['one', strange, 'three']) {
        const { message, fresh } = await chatLog.append('a', draft('ann', text));
        assert.equal(fresh, true);
        assert.deepEqual(
          { ...message, id: '', at: 0 },
          { id: '', at: 0, clientId: text, from: { id: 'ann', displayName: 'ann' }, text, kind: 'text' },
        );
        assert.ok(message.at >= before - 1_000 && message.at <= Date.now() + 1_000, `${message.at} is wrong`);
        ids.push(message.id);
      }
      assert.deepEqual(ids, ids.toSorted());
      assert.equal(new Set(ids).size, 3);
      assert.deepEqual(await texts(chatLog, 'ben'), ['one', strange, 'three']);
    });

    test('keeps one message for each sender and clientId, however many arrive at once', async (t) => {
      const { chatLog } = await open(t);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => chatLog.append('a', draft('ann', 'x', { clientId: '1' }))),
      );
      assert.equal(answers.filter(({ fresh }) => fresh).length, 1);
      assert.equal(new Set(answers.map(({ message }) => JSON.stringify(message))).size, 1);
      assert.equal((await chatLog.append('a', draft('ben', 'y', { clientId: '1' }))).fresh, true);
      assert.equal((await chatLog.append('b', draft('ann', 'z', { clientId: '1' }))).fresh, true);
      assert.deepEqual(await texts(chatLog, 'cho'), ['x', 'y']);
    });

    test('finds a message under its clientId in its current form, for its sender only', async (t) => {
      const { chatLog } = await open(t);
      const { message } = await chatLog.append('a', draft('ann', 'x', { to: 'ben' }));
      assert.deepEqual(await chatLog.sent('a', 'ann', 'x'), message);
      for (const [room, sender, clientId] of [
        ['a', 'ben', 'x'],
        ['a', 'ann', 'y'],
        ['b', 'ann', 'x'],
        ['nowhere', 'ann', 'x'],
      ] as const) {
        assert.equal(await chatLog.sent(room, sender, clientId), null);
      }
      const edited = (await chatLog.edit('a', message.id, 'ann', 'y')).message;
      assert.deepEqual(await chatLog.sent('a', 'ann', 'x'), edited);
      await chatLog.delete('a', message.id, { id: 'ann', isModerator: false });
      await assert.rejects(chatLog.sent('a', 'ann', 'x'), { code: 'payload-invalid' });
    });

    test('pages through the latest matching messages, oldest first, and tells of older ones', async (t) => {
      const { chatLog } = await open(t);
      const ids: string[] = [];
      for (let index = 0; index < 10; index++)
        ids.push((await chatLog.append('a', draft('ann', `${index}`))).message.id);
      assert.deepEqual(await texts(chatLog, 'ben', { limit: 3 }), ['7', '8', '9']);
      assert.deepEqual(await texts(chatLog, 'ben', { limit: 3, before: ids[7] ?? '' }), ['4', '5', '6']);
      assert.deepEqual(await texts(chatLog, 'ben', { after: ids[7] ?? '' }), ['8', '9']);
      assert.deepEqual(await texts(chatLog, 'ben', { after: ids[9] ?? '' }), []);
      const older = async (query: { after?: string; before?: string; limit: number }) =>
        (await chatLog.read('a', 'ben', query)).hasOlder;
      assert.deepEqual(
        await Promise.all([
          older({ limit: 9 }),
          older({ limit: 10 }),
          older({ limit: 10, after: ids[7] ?? '' }),
          older({ limit: 10, before: ids[0] ?? '' }),
        ]),
        [true, false, true, false],
      );
      assert.deepEqual(await chatLog.read('nowhere', 'ben', { limit: 5 }), { messages: [], hasOlder: false });
    });

    test('shows a direct message to its two ends only, in its place among the others', async (t) => {
      const { chatLog } = await open(t);
      await chatLog.append('a', draft('ann', '1'));
      for (let index = 0; index < 30; index++)
        await chatLog.append('a', draft('ann', `private ${index}`, { to: 'ben' }));
      await chatLog.append('a', draft('cho', '2'));
      await chatLog.append('a', draft('cho', 'note to self', { to: 'cho' }));
      assert.deepEqual(await texts(chatLog, 'dee'), ['1', '2']);
      assert.deepEqual(await texts(chatLog, 'cho'), ['1', '2', 'note to self']);
      assert.deepEqual((await texts(chatLog, 'ben')).length, 32);
      assert.deepEqual(await texts(chatLog, 'ann', { limit: 3 }), ['private 28', 'private 29', '2']);
      assert.deepEqual(await chatLog.read('a', 'dee', { limit: 2 }).then(({ hasOlder }) => hasOlder), false);
      assert.equal((await chatLog.append('a', draft('ann', 'private 3', { to: 'ben' }))).fresh, false);
    });

    test('keeps a limited number of messages, and still finds the first sending of a retry', async (t) => {
      const { chatLog } = await open(t, { chatHistoryLimit: 3 });
      const first = await chatLog.append('a', draft('ann', '0'));
      for (let index = 1; index < 10; index++) await chatLog.append('a', draft('ann', `${index}`));
      assert.deepEqual(await texts(chatLog, 'ben'), ['7', '8', '9']);
      assert.equal((await chatLog.read('a', 'ben', { limit: 3 })).hasOlder, false);
      assert.deepEqual(await chatLog.append('a', draft('ann', '0')), { message: first.message, fresh: false });
      for (let index = 10; index < 300; index++) await chatLog.append('a', draft('ann', `${index}`));
      assert.equal((await chatLog.append('a', draft('ann', '0'))).fresh, true, 'but it is forgotten in the end');
      assert.deepEqual(await texts(chatLog, 'ben'), ['298', '299', '0']);
    });

    test('deletes messages that are too old', async (t) => {
      const { chatLog } = await open(t, { chatRetention: 400 });
      await chatLog.append('a', draft('ann', 'old'));
      assert.deepEqual(await texts(chatLog, 'ben'), ['old']);
      await eventually('the end of the old message', async () => (await texts(chatLog, 'ben')).length === 0, 5_000);
      await chatLog.append('a', draft('ann', 'young'));
      assert.deepEqual(await texts(chatLog, 'ben'), ['young']);
      assert.equal((await chatLog.append('a', draft('ann', 'old'))).fresh, false);
    });

    for (const config of [{ chatHistoryLimit: 0 }, { chatRetention: 0 }]) {
      test(`${JSON.stringify(config)} shows no message`, async (t) => {
        const { chatLog } = await open(t, config);
        const { message } = await chatLog.append('a', draft('ann', 'x'));
        assert.deepEqual(await texts(chatLog, 'ann'), []);
        assert.deepEqual(await chatLog.append('a', draft('ann', 'x')), { message, fresh: false });
      });
    }

    test('deletes what a room holds or one subject wrote, and still recognises repeated sendings', async (t) => {
      const { chatLog } = await open(t, { chatHistoryLimit: 100 });
      const say = (room: string, from: string, text: string, subject?: string, more: Partial<ChatDraft> = {}) =>
        chatLog.append(room, draft(from, text, more), subject);
      for (let index = 0; index < 120; index++) await say('a', 'ann', `ann ${index}`, 'subject of ann');
      await say('a', 'ben', 'ben', 'subject of ben');
      await say('a', 'ben', 'private', 'subject of ben', { to: 'ann' });
      await say('b', 'ben 2', 'elsewhere', 'subject of ben');
      await say('b', 'cho', 'nobody said who');
      assert.deepEqual((await chatLog.roomsOf('subject of ben')).toSorted(), ['a', 'b']);
      assert.deepEqual(await chatLog.roomsOf('subject'), []);
      assert.deepEqual(
        (await chatLog.readOf('a', 'subject of ben')).map(({ text }) => text),
        ['ben', 'private'],
      );
      const { messages: shown, hasOlder } = await chatLog.readAll('a', { limit: 3 });
      assert.deepEqual([shown.map(({ text }) => text), hasOlder], [['ann 119', 'ben', 'private'], true]);
      assert.ok(!JSON.stringify(shown).includes('subject of'), 'the subject is told to somebody');
      const all = await chatLog.readAll('a', { limit: 1_000 });
      assert.deepEqual([all.messages.length, all.hasOlder], [100, false]);
      const first = all.messages[0]?.id ?? '';
      assert.deepEqual(
        (await chatLog.readAll('a', { limit: 2, before: all.messages[2]?.id })).messages.map(({ id }) => id),
        all.messages.slice(0, 2).map(({ id }) => id),
      );
      assert.deepEqual(await chatLog.readAll('a', { limit: 1_000, after: first }), {
        messages: all.messages.slice(1),
        hasOlder: true,
      });

      assert.deepEqual(
        (await chatLog.purge('a', 'subject of ben')).map(({ text }) => text),
        ['ben', 'private'],
      );
      assert.deepEqual(await chatLog.purge('a', 'subject of ben'), []);
      assert.deepEqual(await chatLog.roomsOf('subject of ben'), ['b']);
      await assert.rejects(say('a', 'ben', 'ben', 'subject of ben'), { code: 'payload-invalid' });
      assert.equal((await chatLog.changes('a', 'ann', first, 10))?.deleted.length, 2);

      let count = 0;
      for (let taken; (taken = await chatLog.purge('a', null)).length > 0; count += taken.length);
      assert.equal(count, 120, 'including hidden messages');
      assert.deepEqual(await texts(chatLog, 'ann'), []);
      await assert.rejects(say('a', 'ann', 'ann 7'), { code: 'payload-invalid' });
      assert.deepEqual(await texts(chatLog, 'ann'), []);
      assert.deepEqual(
        (await chatLog.readAll('b', { limit: 9 })).messages.map(({ text }) => text),
        ['elsewhere', 'nobody said who'],
      );
      assert.deepEqual(await chatLog.purge('nowhere', null), []);
      await say('a', 'ann', 'after');
      assert.deepEqual(await texts(chatLog, 'ben'), ['after']);
    });

    test('forgets a dropped room, and no other room', async (t) => {
      const { chatLog } = await open(t);
      await chatLog.append('a', draft('ann', 'x'));
      await chatLog.append('a', draft('ann', 'private', { to: 'ben' }));
      await chatLog.append('b', draft('ann', 'y'));
      await chatLog.drop('a');
      assert.deepEqual(await texts(chatLog, 'ben'), []);
      assert.equal((await chatLog.read('b', 'ann', { limit: 1 })).messages.length, 1);
      assert.equal((await chatLog.append('a', draft('ann', 'x'))).fresh, true);
    });

    test('replaces the text of an edited message in its place; an unchanged text is no change', async (t) => {
      const { chatLog } = await open(t);
      const [first, second] = [
        (await chatLog.append('a', draft('ann', 'one'))).message,
        (await chatLog.append('a', draft('ann', 'two'))).message,
      ];
      const { message, fresh } = await chatLog.edit('a', first.id, 'ann', 'uno "\u0000" \u{1f600}');
      assert.equal(fresh, true);
      assert.ok((message.editedAt ?? 0) >= first.at, `edited at ${message.editedAt}`);
      assert.deepEqual(message, { ...first, text: 'uno "\u0000" \u{1f600}', editedAt: message.editedAt });
      assert.deepEqual((await chatLog.read('a', 'ben', { limit: 5 })).messages, [message, second]);
      assert.deepEqual(await chatLog.edit('a', first.id, 'ann', message.text), { message, fresh: false });
      const again = (await chatLog.edit('a', first.id, 'ann', 'eins')).message;
      assert.ok((again.editedAt ?? 0) > (message.editedAt ?? 0), 'the time tells the later edit');
      assert.deepEqual(await chatLog.append('a', draft('ann', 'x', { clientId: 'one' })), {
        message: again,
        fresh: false,
      });
    });

    test('only the sender edits, it or a moderator deletes, and hidden messages stay as they are', async (t) => {
      const { chatLog } = await open(t);
      const { message } = await chatLog.append('a', draft('ann', 'x'));
      const direct = (await chatLog.append('a', draft('ann', 'private', { to: 'ben' }))).message;
      const notice = (await chatLog.append('a', draft('ann', 'notice', { kind: 'notice' }))).message;
      const [ben, cho, moderator] = [
        { id: 'ben', isModerator: false },
        { id: 'cho', isModerator: false },
        { id: 'mod', isModerator: true },
      ];
      await assert.rejects(chatLog.edit('a', message.id, 'mod', 'y'), { code: 'not-allowed' });
      await assert.rejects(chatLog.edit('a', direct.id, 'ben', 'y'), { code: 'not-allowed' });
      await assert.rejects(chatLog.edit('a', direct.id, 'cho', 'y'), { code: 'payload-invalid' });
      await assert.rejects(chatLog.edit('a', notice.id, 'ann', 'y'), { code: 'payload-invalid' });
      for (const [room, id] of [
        ['a', 'nothing'],
        ['b', message.id],
      ] as const) {
        await assert.rejects(chatLog.edit(room, id, 'ann', 'y'), { code: 'payload-invalid' });
        assert.equal(await chatLog.delete(room, id, moderator), null);
      }
      await assert.rejects(chatLog.delete('a', message.id, ben), { code: 'not-allowed' });
      for (const isModerator of [false, true])
        await assert.rejects(chatLog.delete('a', direct.id, { id: 'ben', isModerator }), { code: 'not-allowed' });
      assert.equal(await chatLog.delete('a', direct.id, cho), null);
      assert.equal(await chatLog.delete('a', direct.id, moderator), null);
      assert.deepEqual(await texts(chatLog, 'ben'), ['x', 'private', 'notice']);
      assert.deepEqual(await chatLog.delete('a', message.id, moderator), message);
      assert.deepEqual(await chatLog.delete('a', direct.id, { id: 'ann', isModerator: false }), direct);
      assert.deepEqual(await texts(chatLog, 'ben'), ['notice']);
    });

    test('a deleted message cannot be read, edited, deleted or sent again', async (t) => {
      const { chatLog } = await open(t);
      const { message } = await chatLog.append('a', draft('ann', 'x'));
      const ann = { id: 'ann', isModerator: true };
      assert.deepEqual(await chatLog.delete('a', message.id, ann), message);
      assert.deepEqual(await chatLog.read('a', 'ann', { limit: 5 }), { messages: [], hasOlder: false });
      assert.equal(await chatLog.delete('a', message.id, ann), null);
      await assert.rejects(chatLog.edit('a', message.id, 'ann', 'y'), { code: 'payload-invalid' });
      await assert.rejects(chatLog.append('a', draft('ann', 'x')), { code: 'payload-invalid' });
      const next = (await chatLog.append('a', draft('ann', 'y'))).message;
      assert.ok(next.id > message.id, `${next.id} is no later than ${message.id}`);
      assert.deepEqual(
        await texts(chatLog, 'ann', { after: message.id }),
        ['y'],
        'the deleted message keeps its place in the order',
      );
    });

    test('does not count deleted messages towards the limit', async (t) => {
      const { chatLog } = await open(t, { chatHistoryLimit: 3 });
      const ids: string[] = [];
      for (let index = 0; index < 6; index++)
        ids.push((await chatLog.append('a', draft('ann', `${index}`))).message.id);
      await chatLog.delete('a', ids[4] ?? '', { id: 'ann', isModerator: false });
      assert.deepEqual(await texts(chatLog, 'ben'), ['2', '3', '5']);
      await assert.rejects(chatLog.edit('a', ids[1] ?? '', 'ann', 'beyond'), { code: 'payload-invalid' });
      assert.equal((await chatLog.edit('a', ids[2] ?? '', 'ann', 'two')).fresh, true);
    });

    test('tells a participant who was away about edits and deletions that it may see', async (t) => {
      const { chatLog } = await open(t);
      const say = async (text: string, more: Partial<ChatDraft> = {}) =>
        (await chatLog.append('a', draft('ann', text, more))).message.id;
      const [one, two, three, direct] = [
        await say('1'),
        await say('2'),
        await say('3'),
        await say('private', { to: 'ben' }),
      ];
      const ann = { id: 'ann', isModerator: false };
      await chatLog.edit('a', one, 'ann', 'one');
      const later = await say('4');
      const heard = async (viewer: string, after: string) => {
        const { edited, deleted } = (await chatLog.changes('a', viewer, after, 100))!;
        return [edited.map(({ text }) => text), deleted];
      };
      assert.deepEqual(await heard('cho', three), [['one'], []]);
      assert.deepEqual(await heard('cho', later), [[], []], 'a client with newer messages has heard of the edit');
      await chatLog.edit('a', one, 'ann', 'uno');
      await chatLog.edit('a', direct, 'ann', 'secret');
      await chatLog.edit('a', later, 'ann', 'four');
      await chatLog.delete('a', two, ann);
      assert.deepEqual(await heard('cho', three), [['uno'], [two]]);
      assert.deepEqual(await heard('cho', later), [['uno', 'four'], [two]]);
      assert.deepEqual(await heard('ben', later), [['uno', 'secret', 'four'], [two]]);
      await chatLog.delete('a', direct, ann);
      assert.deepEqual(
        await heard('ben', two),
        [['uno'], [two, direct]],
        'a message newer than the last known one may be known too',
      );
      assert.deepEqual(await heard('cho', two), [['uno'], [two]]);
      assert.deepEqual(await chatLog.changes('nowhere', 'ben', one, 100), { edited: [], deleted: [] });
    });

    test('tells no changes at all if there are more than asked for, seen or unseen', async (t) => {
      const { chatLog } = await open(t);
      const ids: string[] = [];
      for (let index = 0; index < 6; index++)
        ids.push((await chatLog.append('a', draft('ann', `${index}`, index === 5 ? { to: 'ben' } : {}))).message.id);
      const last = ids[5]!;
      for (const id of ids.slice(0, 3)) await chatLog.edit('a', id, 'ann', `edited ${id}`);
      for (const id of ids.slice(3)) await chatLog.delete('a', id, { id: 'ann', isModerator: false });
      const told = await chatLog.changes('a', 'ben', last, 6);
      assert.deepEqual([told?.edited.map(({ id }) => id), told?.deleted], [ids.slice(0, 3), ids.slice(3)]);
      assert.deepEqual(
        [await chatLog.changes('a', 'ben', last, 5), await chatLog.changes('a', 'cho', last, 5)],
        [null, null],
      );
      assert.equal((await chatLog.changes('a', 'cho', last, 6))?.deleted.length, 2);
      const {
        message: { id },
      } = await chatLog.append('a', draft('ann', 'since'));
      assert.deepEqual(
        await chatLog.changes('a', 'ben', id, 5),
        { edited: [], deleted: [] },
        'earlier changes do not count',
      );
    });

    if (outlives)
      test('keeps everything for another process', async (t) => {
        const config = await place(t);
        const before = await open(t, config);
        const ids: string[] = [];
        for (let index = 0; index < 5; index++)
          ids.push((await before.chatLog.append('a', draft('ann', `${index}`))).message.id);
        await before.chatLog.append('a', draft('ann', 'private', { to: 'ben' }));
        await before.chatLog.edit('a', ids[1] ?? '', 'ann', 'one');
        await before.chatLog.delete('a', ids[2] ?? '', { id: 'ann', isModerator: false });
        const kept = await before.chatLog.read('a', 'ben', { limit: 100 });
        await before.close();

        const { chatLog } = await open(t, config);
        assert.deepEqual(await chatLog.read('a', 'ben', { limit: 100 }), kept);
        assert.deepEqual(
          kept.messages.map(({ text }) => text),
          ['0', 'one', '3', '4', 'private'],
        );
        assert.deepEqual(await texts(chatLog, 'cho'), ['0', 'one', '3', '4']);
        assert.deepEqual(await chatLog.append('a', draft('ann', '3')), { message: kept.messages[2], fresh: false });
        await assert.rejects(chatLog.append('a', draft('ann', '2')), { code: 'payload-invalid' });
        assert.deepEqual((await chatLog.changes('a', 'cho', ids[4] ?? '', 100))?.deleted, [ids[2]]);
        const { message } = await chatLog.append('a', draft('ann', 'next'));
        assert.ok(message.id > (kept.messages.at(-1)?.id ?? ''), 'ids go on ascending');
        assert.deepEqual(await texts(chatLog, 'cho', { after: ids[3] ?? '' }), ['4', 'next']);
      });

    test('ends the chat of a room with the room', async (t) => {
      const { rooms, chatLog } = await open(t, { roomLinger: 0 });
      rooms.changes.on('ended', (room) => void chatLog.drop(room));
      await rooms.enter({ id: 'ann', displayName: 'Ann', role: null, subject: null, address: '' }, ['a'], {
        unlisted: false,
      });
      await chatLog.append('a', draft('ann', 'x'));
      await rooms.leave('a', 'ann', 'left');
      assert.deepEqual(await texts(chatLog, 'ann'), []);
    });
  });
}
