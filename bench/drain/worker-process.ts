/** A worker process from outside: started, told what to do, ended. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answer, Order, WorkerSetting } from './worker.ts';

/** A running worker. */
export interface Worker {
  readonly pid: number;
  /** Gives an order and waits for its answer; throws what went wrong there. */
  tell(order: Order): Promise<Answer>;
  /** Gives an order and waits for nothing. */
  send(order: Order): void;
  /** Ends it, by force where `killed`, and waits for its end. */
  end(how?: 'killed'): Promise<void>;
}

const SECRET = 'a-secret-of-the-bench';

/** Starts the process of a system. `launcher`: under which its runs stand. */
export function openWorker(setting: WorkerSetting, { launcher }: { launcher?: string } = {}): Worker {
  const env = {
    ...process.env,
    LOG_LEVEL: 'error',
    CRON_SECRET: SECRET,
    EXECUTOR_SECRET: SECRET,
    ...(launcher === undefined ? {} : { TIDEGATE_LAUNCHER: launcher }),
  };
  const child: ChildProcess = fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(setting)], { env });
  const ended = once(child, 'exit');
  return {
    pid: child.pid as number,
    async tell(order) {
      child.send(order);
      const answer = (await Promise.race([once(child, 'message'), ended.then(gone)])) as [Answer];
      const [said] = answer;
      if (said.order !== order.order) throw new Error(`${setting.system} answered ${said.order} to ${order.order}`);
      if (said.error !== undefined) throw new Error(`${setting.system}, ${order.order}: ${said.error}`);
      return said;
    },
    send: (order) => void child.send(order),
    async end(how) {
      if (how === 'killed') child.kill('SIGKILL');
      else if (child.connected) child.disconnect();
      await ended;
    },
  };

  function gone(): never {
    throw new Error(`the process of ${setting.system} ended`);
  }
}
