import type { Bench } from './report.ts';
export const start: Bench = {
  title: 'start',
  byNameOnly: true,
  run: async () => ({ columns: [], rows: [], bars: [], notes: [] }),
};
