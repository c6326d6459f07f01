/**
 * An executor on loopback with a script of answers: a real HTTP server that the gate calls per record.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Scope } from '../../../test/database.ts';

/** What it was asked. */
export interface Question {
  readonly recordId: string;
  readonly attempt: number;
  readonly authorization: string | undefined;
}

/** How it answers: a status, a body (as JSON, or as it is), headers; or `never`, which leaves the call open. */
export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly never?: true;
}

/** A running executor. `answers` is asked for each call and may wait. */
export interface Executor {
  readonly url: string;
  readonly asked: Question[];
  answers: (question: Question) => Answer | Promise<Answer>;
}

/** The answer of an executor that finds everything in order. */
export const verified: Answer = { body: { verdict: 'verified', findings: [], reasons: [], costMicros: 7 } };

/** Starts one that says *verified* until it is told otherwise; it ends with the scope. */
export async function startExecutor(scope: Scope): Promise<Executor> {
  const asked: Question[] = [];
  const executor: { url: string; asked: Question[]; answers: Executor['answers'] } = {
    url: '',
    asked,
    answers: () => verified,
  };
  const server = createServer((request, response) => void serve(executor, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  executor.url = `http://127.0.0.1:${address.port}`;
  scope.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return executor;
}

async function serve(executor: Executor, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString()) as { recordId: string; attempt: number };
  const question = { ...body, authorization: request.headers.authorization };
  executor.asked.push(question);
  const { status = 200, body: said, headers = {}, never } = await executor.answers(question);
  if (never) return;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof said === 'string' ? said : JSON.stringify(said));
}
