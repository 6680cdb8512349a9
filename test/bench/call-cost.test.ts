/** The instruments with which the cost of a call is measured. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { closeBrowsers, launchBrowser } from '../support/browser/browser.ts';
import { eventually } from '../support/waiting.ts';
import { LossyPath } from './call-cost/lossy-path.ts';
import { loadBetween, readTree } from './call-cost/process-tree.ts';

describe('the processor time of a tree of processes', () => {
  after(closeBrowsers);

  test('contains what a child of a child spends', async () => {
    const busy = 'const end = Date.now() + 60_000; while (Date.now() < end);';
    const script = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(busy)}]);
      console.log('begun')`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    try {
      await once(child.stdout, 'data');
      const pid = child.pid ?? 0;
      const before = readTree(pid);
      const spent = () => loadBetween(before, readTree(pid), 1_000).get('all') ?? 0;
      await eventually('half a second of processor time', () => spent() > 50, 20_000);
      assert.ok(readTree(pid).size >= 2, 'both processes are in the tree');
    } finally {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    }
  });

  test('tells the processes of a browser apart', async () => {
    const { browser, newPage } = await launchBrowser();
    await newPage();
    const kinds = new Set([...readTree(browser.process()?.pid ?? 0).values()].map(({ kind }) => kind));
    for (const kind of ['browser', 'renderer', 'gpu', 'network'] as const) assert.ok(kinds.has(kind), kind);
  });
});

describe('a lossy path', () => {
  test('loses the given part of the media and nothing else', async () => {
    const target = createSocket('udp4').bind(0, '127.0.0.1');
    await once(target, 'listening');
    const received = { media: 0, other: 0 };
    target.on('message', (data) => (data[0] === 0x80 ? received.media++ : received.other++));
    const path = await LossyPath.start((target.address() as AddressInfo).port, '127.0.0.1');
    path.lose(0.25);
    const sender = createSocket('udp4');
    const count = 400;
    for (let index = 0; index < count; index++) {
      sender.send(Buffer.from([0x80, index & 255]), path.port, '127.0.0.1');
      sender.send(Buffer.from([0x16, index & 255]), path.port, '127.0.0.1');
      // The receive buffer of a UDP socket drops datagrams when it is full.
      if (index % 20 === 0) await eventually('what was sent', () => received.other >= index);
    }
    await eventually('everything that is no media', () => received.other === count);
    assert.ok(Math.abs(received.media / count - 0.75) < 0.08, `${received.media} of ${count}`);
    for (const socket of [target, sender]) socket.close();
    path.close();
  });
});
