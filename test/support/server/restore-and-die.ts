/** A program that restores a backup and is killed right after one of its steps. Arguments: `DATA_DIR FILE STEP`. */
import { restore } from '../../../server/operating/backup/restore.ts';

const [dataDir = '', file = '', last = ''] = process.argv.slice(2);
const onStep = (step: string) => {
  if (step === last) process.kill(process.pid, 'SIGKILL');
};
await restore({ dataDir, file, now: Date.now, onStep });
