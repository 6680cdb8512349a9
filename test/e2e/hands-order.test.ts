/** Raised hands in real browsers: their order over two processes, and what ends or keeps a hand. */
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { launchBrowser } from '../support/browser/browser.ts';
import { checkRounds, raiseHand, readQueue } from '../support/browser/hands-order.ts';
import { allJoined, openMeeting, type CallElement, type Person } from '../support/browser/meeting.ts';
import { freePort } from '../support/server/redis-server.ts';
import { startServer } from '../support/server/server-process.ts';
import { TcpProxy } from '../support/server/tcp-proxy.ts';
import { eventually } from '../support/waiting.ts';

test(
  'five pages see one order while two raise at once, one reconnects and a process is killed',
  { timeout: 240_000 },
  (t) => checkRounds(t, 2),
);

test(
  'a hand outlives a reload and a restart of a server without Redis, and ends with leave()',
  { timeout: 240_000 },
  async (t) => {
    const settings = { PORT: String(await freePort()) };
    let server = await startServer(settings);
    t.after(() => server.stop());
    const meeting = await openMeeting();
    t.after(() => meeting.close());
    const testBrowser = await launchBrowser({ extraFlags: ['--disable-renderer-backgrounding'] });
    const room = `hands-${randomUUID()}`;
    const enter = async (name: string): Promise<Person & { path: TcpProxy }> => {
      const path = await TcpProxy.start(t, server.url);
      const attributes = ['camera-off', 'muted'];
      return { ...(await meeting.enter(name, room, { testBrowser, server: path.url, attributes })), path };
    };
    const ada = await enter('Ada');
    await allJoined([ada]);
    const [bo, cho] = [await enter('Bo'), await enter('Cho')];
    const people = [ada, bo, cho];
    const allShow = (queue: string) =>
      eventually(
        `all pages show ${queue}`,
        async () => {
          const queues = await Promise.all(people.map(({ page }) => page.evaluate(readQueue)));
          if (queues.some((one) => one !== queue)) throw new Error(queues.join(' | '));
          return true;
        },
        30_000,
      );
    await allJoined(people);
    for (const { page } of [bo, cho, ada]) await page.evaluate(raiseHand, true);
    await allShow('Bo Cho Ada');

    await bo.page.reload();
    await allJoined(people);
    await allShow('Bo Cho Ada');

    await cho.page.evaluate(async () => {
      const call = document.querySelector('video-call') as unknown as CallElement;
      await call.leave();
      await call.join();
    });
    await allJoined(people);
    await allShow('Bo Ada');
    await cho.page.evaluate(raiseHand, true);
    await allShow('Bo Ada Cho');

    for (const { path } of people) path.goDown();
    server.child.kill('SIGKILL');
    await server.stop();
    server = await startServer(settings);
    const back: string[] = [];
    for (const { path, page, name } of [cho, ada, bo]) {
      path.restore();
      back.push(name);
      // The first one must have raised before the next one returns.
      await eventually(
        `${name} raises the hand again`,
        async () => {
          const queue = await page.evaluate(readQueue);
          if (queue !== back.join(' ')) throw new Error(queue);
          return true;
        },
        30_000,
      );
    }
    await allShow('Cho Ada Bo');
  },
);
