/**
 * Ends the reading process when its memory outgrows the limit. Runs as a thread of its own: a library that is busy with
 * a hostile file leaves the process no moment to look at itself.
 */

import { readLimits } from './limits.ts';

const everyMs = 40;

setInterval(() => {
  if (process.memoryUsage.rss() > readLimits.memoryMaxBytes) process.kill(process.pid, 'SIGKILL');
}, everyMs);
