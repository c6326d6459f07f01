/** The environment: every problem at once, each by its variable's name, and what is not there yet is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readEnvironment } from '../lib/environment.ts';

function problemsOf(env: Record<string, string>): string[] {
  try {
    readEnvironment(env);
  } catch (thrown) {
    return (thrown as Error).message.split('\n');
  }
  return [];
}

describe('the environment', () => {
  it('has a default for everything', () => {
    const settings = readEnvironment({});
    assert.equal(settings.schedule, '*/5 * * * *');
    assert.equal(settings.limits.batchMax, 20);
    assert.equal(settings.seed, 'samples');
    assert.equal(settings.records, true);
    assert.deepEqual(settings.cronSecrets, []);
    assert.equal(settings.adminToken, null);
    assert.match((settings.attachments as { folder: string }).folder, /\.tidegate\/attachments$/);
  });

  it('takes empty for unset', () => {
    assert.deepEqual(
      readEnvironment({ BATCH_SIZE: '', CRON_SECRET: ' ', DATABASE_URL: '', ADMIN_TOKEN: '', SEED: '' }),
      readEnvironment({}),
    );
  });

  it('puts samples into the embedded database only, unless told', () => {
    assert.equal(readEnvironment({ DATABASE_URL: 'postgres://host/db' }).seed, 'none');
    assert.equal(readEnvironment({ POSTGRES_URL: 'postgres://host/db', SEED: 'samples' }).seed, 'samples');
  });

  it('prefers the direct URL for migrations', () => {
    const settings = readEnvironment({
      POSTGRES_URL: 'postgres://pooler/db',
      POSTGRES_URL_NON_POOLING: 'postgres://direct/db',
    });
    assert.equal(settings.databaseUrl, 'postgres://pooler/db');
    assert.equal(settings.databaseDirectUrl, 'postgres://direct/db');
  });

  it('lists all problems at once', () => {
    const problems = problemsOf({
      BATCH_SIZE: 'abc',
      CONCURRENCY: 'many',
      CRON_SECRET: 'short',
      ADMIN_TOKEN: 'short',
      PORT: 'http',
      RECORDS: 'maybe',
      SEED: 'all',
      TIME_ZONE: 'Nowhere/Else',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://host',
      EXECUTOR_URL: 'elsewhere',
      ATTACHMENTS_URL: 'ftp://host',
    });
    const names = problems.map((line) => line.slice(0, line.indexOf(':')));
    assert.deepEqual(names.sort(), [
      'ADMIN_TOKEN',
      'ATTACHMENTS_URL',
      'BATCH_SIZE',
      'CONCURRENCY',
      'CRON_SECRET',
      'DATABASE_URL',
      'EXECUTOR_URL',
      'LOG_LEVEL',
      'PORT',
      'RECORDS',
      'SEED',
      'TIME_ZONE',
    ]);
  });

  it('cuts a batch to its bounds with a warning', () => {
    const { limits, warnings } = readEnvironment({ BATCH_SIZE: '1000' });
    assert.equal(limits.batchMax, 100);
    assert.match(warnings.join(), /^BATCH_SIZE: /);
  });

  it('refuses an executor that could never be called', () => {
    for (const url of ['http://user:hush-hush@host', 'http://host/?a=b', 'http://host/#part']) {
      const [problem = '', ...more] = problemsOf({ EXECUTOR_URL: url });
      assert.match(problem, /^EXECUTOR_URL: expected a base URL/);
      assert.doesNotMatch(problem, /hush/);
      assert.equal(more.length, 0);
    }
    assert.equal(readEnvironment({ EXECUTOR_URL: 'https://host/path/' }).executorUrl, 'https://host/path/');
  });

  it('never repeats a secret or a password', () => {
    const text = problemsOf({ CRON_SECRET: 'hush-hush', DATABASE_URL: 'http://user:hush-hush@host' }).join();
    assert.doesNotMatch(text, /hush/);
  });

  it('reads a bucket with its keys, and lists what it lacks', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'some-key', AWS_SECRET_ACCESS_KEY: 'hush-hush' };
    const url = 's3://papers/in/here?endpoint=https://storage.example.com/s3/&region=eu-central-1';
    assert.deepEqual(readEnvironment({ ATTACHMENTS_URL: url, ...keys }).attachments, {
      bucket: {
        endpoint: 'https://storage.example.com/s3',
        name: 'papers',
        prefix: 'in/here/',
        region: 'eu-central-1',
        accessKeyId: 'some-key',
        secretAccessKey: 'hush-hush',
        sessionToken: null,
      },
    });
    const plain = readEnvironment({ ATTACHMENTS_URL: 's3://papers', AWS_REGION: 'eu-west-1', ...keys }).attachments;
    assert.ok('bucket' in plain && plain.bucket.endpoint === 'https://s3.eu-west-1.amazonaws.com');
    assert.deepEqual(
      problemsOf({ ATTACHMENTS_URL: 's3://papers' }).map((problem) => problem.split(':')[0]),
      ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
    );
    for (const wrong of [
      's3://',
      's3://P',
      's3://papers?regoin=x',
      's3://papers?endpoint=http://far.example.com',
      'ftp://x',
    ]) {
      const problems = problemsOf({ ATTACHMENTS_URL: wrong, ...keys });
      assert.ok(problems.length > 0 && problems.every((problem) => problem.startsWith('ATTACHMENTS_URL: ')), wrong);
      assert.doesNotMatch(problems.join(), /hush/);
    }
  });

  it('reads a language model, and reserves money only where one is asked or somebody else verifies', () => {
    assert.equal(readEnvironment({}).languageModel, null);
    assert.equal(readEnvironment({}).limits.reserveMicros, 0);
    const settings = readEnvironment({ AI_PROVIDER: 'openai', AI_MODEL: 'some-model', AI_API_KEY: 'some-key' });
    assert.deepEqual(settings.languageModel, {
      provider: 'openai',
      model: 'some-model',
      apiKey: 'some-key',
      baseUrl: null,
      price: null,
    });
    assert.equal(settings.limits.reserveMicros, 10_000);
    assert.equal(readEnvironment({ TOKENS_PER_MINUTE: '9000' }).limits.tokensPerMinute, 9_000);
    const own = readEnvironment({
      AI_PROVIDER: 'compatible',
      AI_MODEL: 'org/some-model:7b',
      AI_BASE_URL: 'http://127.0.0.1:11434/v1',
      AI_PRICE: '0.5/2',
    });
    assert.equal(own.languageModel?.apiKey, null);
    assert.deepEqual(own.languageModel?.price, { inputMicros: 500_000, outputMicros: 2_000_000 });
  });

  it('lists what a language model lacks, all at once, and never repeats its key', () => {
    const names = (env: Record<string, string>): string[] =>
      problemsOf(env)
        .map((line) => line.slice(0, line.indexOf(':')))
        .sort();
    assert.deepEqual(names({ AI_PROVIDER: 'oracle' }), ['AI_PROVIDER']);
    assert.deepEqual(names({ AI_MODEL: 'm', AI_API_KEY: 'k', AI_BASE_URL: 'http://h', AI_PRICE: '1/2' }), [
      'AI_API_KEY',
      'AI_BASE_URL',
      'AI_MODEL',
      'AI_PRICE',
    ]);
    assert.deepEqual(names({ AI_PROVIDER: 'openai', AI_PRICE: 'cheap', AI_BASE_URL: 'ftp://host' }), [
      'AI_API_KEY',
      'AI_BASE_URL',
      'AI_MODEL',
      'AI_PRICE',
    ]);
    assert.deepEqual(names({ AI_PROVIDER: 'compatible', AI_MODEL: 'm' }), ['AI_BASE_URL']);
    const told = problemsOf({ AI_PROVIDER: 'google', AI_MODEL: 'm', AI_API_KEY: 'hush hush' }).join();
    assert.match(told, /^AI_API_KEY: /);
    assert.doesNotMatch(told, /hush/);
  });

  it('lets a weak secret pass where nothing starts: the endpoint says so by itself', () => {
    assert.deepEqual(problemsOf({ VERCEL: '1', CRON_SECRET: 'short', ADMIN_TOKEN: 'short' }), []);
  });

  it('takes relative folders from the root and file URLs as they are', () => {
    assert.deepEqual(readEnvironment({ ATTACHMENTS_URL: 'file:/srv/files' }).attachments, { folder: '/srv/files' });
    assert.deepEqual(readEnvironment({ ATTACHMENTS_URL: 'file:///srv/files' }).attachments, { folder: '/srv/files' });
    const relative = readEnvironment({ ATTACHMENTS_URL: 'file:files', TIDEGATE_DIR: 'elsewhere' });
    assert.match((relative.attachments as { folder: string }).folder, /\/files$/);
    assert.match(relative.dir, /\/elsewhere$/);
  });
});
