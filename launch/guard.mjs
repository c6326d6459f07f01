// The first thing that runs: `node launch/guard.mjs FILE …` imports FILE where this Node can run TypeScript and says in one
// sentence what to do where it cannot. Plain JavaScript that every Node since 12 parses; it must import nothing of ours.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Tidegate needs Node 22.18 or later and this is ${process.versions.node}: run "npm ci" again so that npm brings the pinned Node (an optional dependency), or install Node 24 from https://nodejs.org.`,
  );
  process.exit(2);
}

const [, , file, ...rest] = process.argv;
if (file === undefined) {
  console.error('Usage: node launch/guard.mjs FILE …');
  process.exit(2);
}
const path = resolve(file);
process.argv = [process.argv[0], path, ...rest];
await import(pathToFileURL(path).href);
