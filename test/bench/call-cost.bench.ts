import { startContenders } from './first-picture/contenders.ts';
import { installPeers } from './peers.ts';
import { measureLoad } from './call-cost/browser-load.ts';
installPeers();
const contenders = await startContenders([0], ['sarangbang', 'PeerJS']);
const seconds = Number(process.argv[2] ?? 10);
const rounds = Number(process.argv[3] ?? 1);
let places = null;
try {
  for (let i = 0; i < rounds; i++) for (const contender of ['sarangbang', 'PeerJS'] as const) {
    const r = await measureLoad({ contenders, contender, seconds, settlingMs: 12_000, places: contender === 'sarangbang' ? null : places });
    if (contender === 'sarangbang') { places = r.places; }
    console.log(contender, JSON.stringify([...r.load].map(([k, v]) => [k, Math.round(v * 10) / 10])), JSON.stringify(r.sent), JSON.stringify(r.places));
  }
} finally { await contenders.close(); }
process.exit();
