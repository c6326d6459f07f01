// Never run: types are checked by `npm run check`, with the real compiler.
process.exitCode = 1;
