/**
 * What sound costs and how it survives loss. Two bare participants hear the same page at the same time. One acts as a
 * client of this version, and gets sound that pauses in silence (DTX). The other acts as a client of an earlier
 * version, and gets sound without pauses.
 */
import { launchBrowser } from '../../support/browser/browser.ts';
import { openMeeting } from '../../support/browser/meeting.ts';
import { pass } from '../../support/waiting.ts';
import { BareParticipants, type ReceivedCounters } from './bare-participants.ts';
import type { Sound, Sources } from './sources.ts';

/** Levels and bit rates are steady after this time. */
const SETTLING_MS = 6_000;
const LOSS = 0.05;
/** What a page captures unless it says otherwise. No camera, because this is about sound. */
const CONSTRAINTS = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true }, video: false };

export interface SoundFigures {
  /** Received sound without headers. */
  kbps: number;
  /** With the headers of RTP. */
  kbpsWithHeaders: number;
  /** The part of what is played that the receiver made up, in percent; silence does not count. */
  concealedPercent: number;
  lostPackets: number;
}

function figuresOf(before: ReceivedCounters, after: ReceivedCounters): SoundFigures {
  const seconds = (after.at - before.at) / 1_000;
  const payload = after.audioBytes - before.audioBytes;
  const headers = after.audioHeaderBytes - before.audioHeaderBytes;
  return {
    kbps: (payload * 8) / 1_000 / seconds,
    kbpsWithHeaders: ((payload + headers) * 8) / 1_000 / seconds,
    concealedPercent: ((after.concealed - before.concealed) / (after.samples - before.samples)) * 100,
    lostPackets: after.packetsLost - before.packetsLost,
  };
}

export interface SoundRun {
  sources: Sources;
  sound: Sound;
  isLossy: boolean;
  seconds: number;
}

/** `today` accepts sound that pauses in silence, `before` does not. */
export async function measureSound(run: SoundRun): Promise<Record<'today' | 'before', SoundFigures>> {
  const meeting = await openMeeting({}, CONSTRAINTS);
  let bares: BareParticipants | null = null;
  try {
    const room = `sound-${process.pid}`;
    const { page } = await (await launchBrowser()).newPage();
    await page.goto(meeting.site.url);
    bares = await BareParticipants.on(page);
    for (const name of ['today', 'before'])
      await bares.enter({ server: meeting.server.url, room, name, dtx: name === 'today', isLossy: run.isLossy });
    const extraFlags = [await run.sources.microphone(run.sound)];
    await meeting.enter('Ada', room, { testBrowser: await launchBrowser({ extraFlags }) });
    await Promise.all([bares.hears('today'), bares.hears('before')]);
    if (run.isLossy) for (const name of ['today', 'before']) bares.lose(name, LOSS);
    await pass(SETTLING_MS);
    const before = await Promise.all([bares.read('today'), bares.read('before')]);
    await pass(run.seconds * 1_000);
    const after = await Promise.all([bares.read('today'), bares.read('before')]);
    return { today: figuresOf(before[0], after[0]), before: figuresOf(before[1], after[1]) };
  } finally {
    bares?.close();
    await meeting.close();
  }
}
