/** The one place of this package that sees the environment: what the command line reads, and what a reader may know. */

/** Where libraries and temporary files are, nothing else: no secret reaches a process that decodes strangers' files. */
const INHERITED = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'TMPDIR', 'TEMP', 'SystemRoot', 'LANG', 'NODE_PATH'];

/** The command line's environment. */
export function commandEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** What a reading process is started with: one thread a library, so that processes scale. */
export function readerEnvironment(): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(
      INHERITED.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined),
    ),
    NODE_ENV: 'production',
    MALLOC_ARENA_MAX: '2',
    VIPS_CONCURRENCY: '1',
    UV_THREADPOOL_SIZE: '2',
  };
}
