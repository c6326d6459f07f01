/** The store: nothing outside its folder is ever read or written, and a file is whole or not there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openStore, StoreError } from '../lib/store.ts';

const folder = await mkdtemp(join(tmpdir(), 'tidegate-store-'));
after(() => rm(folder, { recursive: true, force: true }));
const root = join(folder, 'store');
const store = openStore(root);

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'nothing',
    (thrown: unknown) => (thrown instanceof StoreError ? thrown.code : String(thrown)),
  );
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe('a store whose folder is not there', () => {
  it('is unavailable: no file of it is missing', async () => {
    assert.equal(await codeOf(openStore(join(folder, 'unmounted')).read('a.jpg', 10)), 'unavailable');
  });
});

describe('the store', () => {
  it('keeps what it received, with its length and hash', async () => {
    const received = await store.receive(chunks('ab', 'c'), 100);
    assert.equal(received.bytes, 3);
    assert.equal(received.sha256, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    await received.keep('deep/er/a.jpg');
    assert.equal(Buffer.from(await store.read('deep/er/a.jpg', 100)).toString(), 'abc');
    const { mode } = await stat(join(root, 'deep/er/a.jpg'));
    assert.equal(mode & 0o777, 0o600);
    assert.deepEqual(await readdir(join(root, '.incoming')), []);
  });

  it('keeps nothing of a file that is too large, or whose sender hangs up', async () => {
    assert.equal(await codeOf(store.receive(chunks('abc', 'def'), 5)), 'too_large');
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('abc');
      throw new Error('hung up');
    }
    await assert.rejects(store.receive(broken(), 100), /hung up/);
    assert.deepEqual(await readdir(join(root, '.incoming')), []);
  });

  it('reads no more than it is asked for', async () => {
    assert.equal((await store.read('deep/er/a.jpg', 2)).byteLength, 2);
  });

  it('tells a missing file from a refused one', async () => {
    assert.equal(await codeOf(store.read('nothing.jpg', 10)), 'missing');
    assert.equal(await codeOf(store.read('deep/er/a.jpg/b', 10)), 'missing');
    assert.equal(await codeOf(store.read('x'.repeat(300), 10)), 'missing');
  });

  it('refuses every path that leads out', async () => {
    await writeFile(join(folder, 'secret'), 'secret');
    await symlink(join(folder, 'secret'), join(root, 'link'));
    await symlink(folder, join(root, 'folder-link'));
    await symlink('deep/er/a.jpg', join(root, 'inner-link'));
    const paths = [
      '../secret',
      'deep/../../secret',
      '/etc/passwd',
      join(folder, 'secret'),
      '',
      '.',
      'a\0b',
      '..\\secret',
    ];
    for (const path of [...paths, 'link', 'folder-link/secret', 'inner-link']) {
      assert.equal(await codeOf(store.read(path, 100)), 'refused', path);
    }
    for (const path of ['../out', '/out', '']) {
      const received = await store.receive(chunks('abc'), 100);
      assert.equal(await codeOf(received.keep(path)), 'refused', path);
      await received.discard();
    }
  });

  it('refuses what is no plain file, without waiting for it', async () => {
    await mkdir(join(root, 'folder'), { recursive: true });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    assert.equal(await codeOf(store.read('folder', 10)), 'refused');
    assert.equal(await codeOf(store.read('pipe', 10)), 'refused');
  });

  it('sweeps out what arrived long ago and was never kept', async () => {
    const old = await store.receive(chunks('abc'), 100);
    await store.sweep(60_000);
    assert.equal((await old.read()).byteLength, 3);
    await store.sweep(-1_000);
    assert.deepEqual(await readdir(join(root, '.incoming')), []);
    assert.equal((await store.read('deep/er/a.jpg', 10)).byteLength, 3);
  });

  it('is indifferent to hard links and odd modes, which only an owner can make', async () => {
    await link(join(root, 'deep/er/a.jpg'), join(root, 'hard.jpg'));
    await chmod(join(root, 'hard.jpg'), 0o400);
    assert.equal((await store.read('hard.jpg', 10)).byteLength, 3);
    await store.remove('hard.jpg');
    await store.remove('hard.jpg');
    assert.equal(await codeOf(store.read('hard.jpg', 10)), 'missing');
  });
});
