import type { Bench } from './report.ts';
export const clone: Bench = {
  title: 'clone',
  byNameOnly: true,
  run: async () => ({ columns: [], rows: [], bars: [], notes: [] }),
};
