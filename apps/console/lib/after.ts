/**
 * Work that outlives its request. A caller who hangs up changes nothing: the run goes on, and the process, or the
 * platform's function, is kept until it has ended.
 */
import { after } from 'next/server.js';

type Handler<Route extends unknown[]> = (request: Request, ...route: Route) => Promise<Response>;

/** Keeps the process alive until `work` has ended, however it ends. */
export function keepUntil(work: Promise<unknown>): void {
  const ended = work.catch(() => {});
  try {
    after(ended);
  } catch {
    // Outside of Next nobody would end the process in between.
  }
}

/** A handler that is carried to its end, also when nobody waits for its answer any more. */
export function toItsEnd<Route extends unknown[]>(handle: Handler<Route>): Handler<Route> {
  return (request, ...route) => {
    const answering = handle(request, ...route);
    keepUntil(answering);
    return answering;
  };
}
