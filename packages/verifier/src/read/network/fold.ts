/**
 * A network with the same answers and less work. PP-OCR's files spell hard-swish as four operations and scale by single
 * numbers between convolutions: each is a pass over all pixels that ONNX Runtime cannot join to a convolution, and two
 * thirds of the time. Folded into the weights, or written in the form that the runtime joins, they cost next to nothing.
 */

import { floatOf, integersOf, makeNode, type Network, type Node, type Tensor } from './graph.ts';

/** Where values come from and who takes them. */
interface Uses {
  readonly makers: ReadonlyMap<string, Node>;
  readonly takers: ReadonlyMap<string, readonly Node[]>;
}

/** Nodes to be taken out, each with what stands in its place; and new constants. */
interface Change {
  readonly nodes: ReadonlyMap<Node, readonly Node[]>;
  readonly tensors?: ReadonlyMap<string, Tensor>;
  /** A value that is gone, and the one that is taken instead. */
  readonly renamed?: readonly [string, string];
}

/** A node to be looked at. */
interface Place {
  readonly node: Node;
  readonly uses: Uses;
}

/** Looks at one node; what it would change there, or null. */
type Rule = (network: Network, at: Place) => Change | null;

/** What becomes of each channel: times `scale`, plus `shift`. */
interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** The network with all that can be folded folded. Numbers differ by rounding alone. */
export function folded(network: Network): Network {
  // Bodies of loops take values unseen.
  if (network.nodes.some(({ op }) => ['If', 'Loop', 'Scan'].includes(op))) return network;
  return [affineAfterConvolution, hardSwish, affineAfterSwish, affineBeforeConvolutions, gateAndSum].reduce(
    applied,
    network,
  );
}

/** Wherever the rule finds something to do, as often as it does: places that share no node in one go. */
function applied(network: Network, rule: Rule): Network {
  let now = network;
  for (;;) {
    const uses = usesOf(now);
    const taken = new Set<Node>();
    const changes: Change[] = [];
    for (const node of now.nodes) {
      const change = rule(now, { node, uses });
      if (change === null || [...change.nodes.keys()].some((one) => taken.has(one))) continue;
      for (const one of change.nodes.keys()) taken.add(one);
      changes.push(change);
    }
    if (changes.length === 0) return now;
    now = changed(now, changes);
  }
}

function usesOf({ nodes }: Network): Uses {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  const takers = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const name of new Set(node.inputs)) {
      const known = takers.get(name);
      if (known === undefined) takers.set(name, [node]);
      else known.push(node);
    }
  }
  return { makers, takers };
}

function changed(network: Network, changes: readonly Change[]): Network {
  const instead = new Map(changes.flatMap(({ nodes }) => [...nodes]));
  const renamed = new Map(changes.flatMap((change) => (change.renamed === undefined ? [] : [change.renamed])));
  const nameNow = (name: string): string => {
    const after = renamed.get(name);
    return after === undefined ? name : nameNow(after);
  };
  const nodes = network.nodes
    .flatMap((node) => instead.get(node) ?? [node])
    .map((node) => ({ ...node, inputs: node.inputs.map(nameNow) }));
  const made = changes.flatMap(({ tensors }) => [...(tensors ?? [])]);
  return { ...network, nodes, tensors: new Map([...network.tensors, ...made]) };
}

/** Scaling and shifting after a convolution is a convolution with other weights. */
function affineAfterConvolution(network: Network, { node, uses }: Place): Change | null {
  const weights = network.tensors.get(node.inputs[1] ?? '');
  if (weights === undefined || weights.shape.length !== 4) return null;
  const across = node.op === 'ConvTranspose';
  if (node.op !== 'Conv' && (!across || (integersOf(node, 'group')?.[0] ?? 1) !== 1)) return null;
  const channels = weights.shape[across ? 1 : 0] as number;
  const next = onlyTaker(network, uses, node.outputs[0]);
  const affine = next === null ? null : affineOf(network, next, { value: node.outputs[0] as string, channels });
  const bias = biasOf(network, node, channels);
  if (next === null || affine === null || bias === null) return null;
  const runs = across ? (weights.shape[0] as number) * channels : channels;
  const scaled = scaledRuns(weights.data, runs, affine.scale);
  const shifted = bias.map(
    (value, channel) => value * (affine.scale[channel] as number) + (affine.shift[channel] as number),
  );
  return reweighted([{ node, weights: { ...weights, data: scaled }, bias: shifted }], {
    dropped: next,
    renamed: [next.outputs[0] as string, node.outputs[0] as string],
  });
}

/** x · clip(x + 3, 0, 6) / 6 as x · hardSigmoid(x), which the runtime joins to the convolution before it. */
function hardSwish(network: Network, { node: add, uses }: Place): Change | null {
  const plus = add.op === 'Add' ? withNumber(network, add) : null;
  const clip = plus?.number === 3 ? onlyTaker(network, uses, add.outputs[0]) : null;
  if (plus === null || clip === null || !isClip(network, clip, [0, 6])) return null;
  const times = onlyTaker(network, uses, clip.outputs[0]);
  if (times?.op !== 'Mul' || !times.inputs.includes(plus.value) || !times.inputs.includes(clip.outputs[0] as string))
    return null;
  const sixth = onlyTaker(network, uses, times.outputs[0]);
  const over = sixth?.op === 'Div' && sixth.inputs[0] === times.outputs[0] ? withNumber(network, sixth) : null;
  if (sixth === null || over?.number !== 6) return null;
  const gate = add.outputs[0] as string;
  const swish = sixth.outputs[0] as string;
  return {
    nodes: new Map<Node, Node[]>([
      [add, [makeNode('HardSigmoid', { inputs: [plus.value], outputs: [gate], floats: { alpha: 1 / 6, beta: 0.5 } })]],
      [clip, []],
      [times, []],
      [sixth, [makeNode('Mul', { inputs: [plus.value, gate], outputs: [swish] })]],
    ]),
  };
}

/** Scales and shifts after a hard-swish as one operation, in the form that keeps the runtime's layout of pixels. */
function affineAfterSwish(network: Network, { node, uses }: Place): Change | null {
  const value = node.inputs.find((name) => !network.tensors.has(name)) ?? '';
  const channels = node.op === 'Mul' || node.op === 'Add' ? channelsOfSwish(network, uses, value) : null;
  if (channels === null) return null;
  const scale = new Float64Array(channels).fill(1);
  const shift = new Float64Array(channels);
  const nodes = new Map<Node, Node[]>();
  let out = value;
  for (let next: Node | null = node; next !== null; next = onlyTaker(network, uses, out)) {
    const affine = affineOf(network, next, { value: out, channels });
    if (affine === null) break;
    for (let c = 0; c < channels; c += 1) {
      scale[c] = (scale[c] as number) * (affine.scale[c] as number);
      shift[c] = (shift[c] as number) * (affine.scale[c] as number) + (affine.shift[c] as number);
    }
    nodes.set(next, []);
    out = next.outputs[0] as string;
  }
  if (nodes.size === 0) return null;
  const names = ['scale', 'shift', 'mean', 'variance'].map((name) => `${out}/${name}`);
  const columns = [scale, shift, new Float64Array(channels), new Float64Array(channels).fill(1)];
  const one = makeNode('BatchNormalization', { inputs: [value, ...names], outputs: [out], floats: { epsilon: 0 } });
  return {
    nodes: nodes.set(node, [one]),
    tensors: new Map(names.map((name, i) => [name, vector(columns[i] as Float64Array)])),
  };
}

/** Scaling and shifting before convolutions that see no edge is convolutions with other weights. */
function affineBeforeConvolutions(network: Network, { node, uses }: Place): Change | null {
  const [value = ''] = node.inputs;
  const channels = node.op === 'BatchNormalization' ? channelsOfSwish(network, uses, value) : null;
  const out = node.outputs[0] ?? '';
  const takers = uses.takers.get(out) ?? [];
  const affine = channels === null ? null : affineOf(network, node, { value, channels });
  if (affine === null || takers.length === 0 || network.results.has(out)) return null;
  const convolutions: Reweighted[] = [];
  for (const taker of takers) {
    const weights = network.tensors.get(taker.inputs[1] ?? '');
    const bias = weights === undefined ? null : biasOf(network, taker, weights.shape[0] as number);
    if (taker.op !== 'Conv' || taker.inputs[0] !== out || weights === undefined || bias === null) return null;
    if (weights.shape[1] !== channels || !(integersOf(taker, 'pads') ?? [1]).every((pad) => pad === 0)) return null;
    const each = weights.data.length / (weights.shape[0] as number);
    const area = each / channels;
    const data = scaledRuns(weights.data, weights.data.length / area, affine.scale);
    const shifted = bias.map((sum, channel) => {
      let total = sum;
      for (let i = 0; i < each; i += 1) {
        total += (weights.data[channel * each + i] as number) * (affine.shift[Math.floor(i / area)] as number);
      }
      return total;
    });
    convolutions.push({ node: taker, weights: { ...weights, data }, bias: shifted });
  }
  return reweighted(convolutions, { dropped: node, renamed: [out, value] });
}

/** x + x · gate as x · (gate + 1): one pass over the pixels instead of two. */
function gateAndSum(network: Network, { node, uses }: Place): Change | null {
  if (node.op !== 'Add') return null;
  for (const [value = '', gated = ''] of [node.inputs, [...node.inputs].reverse()]) {
    const times = uses.makers.get(gated);
    const gate = times?.inputs.find((name) => name !== value) ?? '';
    if (times?.op !== 'Mul' || !times.inputs.includes(value) || onlyTaker(network, uses, gated) !== node) continue;
    if (uses.makers.get(gate)?.op !== 'HardSigmoid') continue;
    const [more, one] = [`${gate}/more`, `${gate}/one`];
    return {
      nodes: new Map<Node, Node[]>([
        [times, [makeNode('Add', { inputs: [gate, one], outputs: [more] })]],
        [node, [makeNode('Mul', { inputs: [value, more], outputs: node.outputs })]],
      ]),
      tensors: new Map([[one, vector([1])]]),
    };
  }
  return null;
}

/** Weights in runs of equal length, each times its channel's factor; channels come round again and again. */
function scaledRuns(data: Float32Array, runs: number, factors: Float64Array): Float32Array {
  const out = new Float32Array(data.length);
  const length = data.length / runs;
  for (let run = 0, at = 0; run < runs; run += 1) {
    const factor = factors[run % factors.length] as number;
    for (const end = at + length; at < end; at += 1) out[at] = (data[at] as number) * factor;
  }
  return out;
}

interface Reweighted {
  readonly node: Node;
  readonly weights: Tensor;
  readonly bias: Float64Array;
}

function reweighted(
  convolutions: readonly Reweighted[],
  at: { dropped: Node; renamed: readonly [string, string] },
): Change {
  const nodes = new Map<Node, Node[]>([[at.dropped, []]]);
  const tensors = new Map<string, Tensor>();
  for (const { node, weights, bias } of convolutions) {
    const names = [`${node.inputs[1]}/${at.renamed[0]}`, `${node.outputs[0]}/${at.renamed[0]}/bias`] as const;
    tensors.set(names[0], weights).set(names[1], vector(bias));
    nodes.set(node, [{ ...node, inputs: [node.inputs[0] as string, ...names] }]);
  }
  return { nodes, tensors, renamed: at.renamed };
}

/** The one node that takes a value which does not leave the network; null where there are more or none. */
function onlyTaker(network: Network, uses: Uses, value = ''): Node | null {
  const takers = uses.takers.get(value) ?? [];
  return takers.length === 1 && !network.results.has(value) ? (takers[0] as Node) : null;
}

/** What a node does to each channel of a value, if it is scaling and shifting by constants. */
function affineOf(network: Network, node: Node, at: { value: string; channels: number }): Affine | null {
  const { value, channels } = at;
  const column = (name: string | undefined): Float64Array | null => {
    const constant = network.tensors.get(name ?? '');
    if (constant === undefined) return null;
    const { shape, data } = constant;
    if (data.length === 1 && shape.length <= 4) return new Float64Array(channels).fill(data[0] as number);
    const single = shape.length === 1 ? node.op === 'BatchNormalization' : shape.at(-3) === channels;
    return data.length === channels && single ? Float64Array.from(data) : null;
  };
  if (node.op === 'Mul' || node.op === 'Add') {
    const other = column(node.inputs.find((name) => name !== value));
    if (other === null || node.inputs.length !== 2 || !node.inputs.includes(value)) return null;
    return node.op === 'Mul'
      ? { scale: other, shift: new Float64Array(channels) }
      : { scale: new Float64Array(channels).fill(1), shift: other };
  }
  if (node.op !== 'BatchNormalization' || node.inputs[0] !== value || node.outputs.length !== 1) return null;
  const [gain, offset, mean, variance] = node.inputs.slice(1).map(column);
  if (gain == null || offset == null || mean == null || variance == null) return null;
  const epsilon = floatOf(node, 'epsilon') ?? 1e-5;
  const scale = gain.map((factor, c) => factor / Math.sqrt((variance[c] as number) + epsilon));
  return { scale, shift: offset.map((sum, c) => sum - (mean[c] as number) * (scale[c] as number)) };
}

/** A convolution's bias, zeros where it has none; null where it is no constant. */
function biasOf(network: Network, node: Node, channels: number): Float64Array | null {
  if (node.inputs[2] === undefined) return new Float64Array(channels);
  const bias = network.tensors.get(node.inputs[2]);
  return bias === undefined ? null : Float64Array.from(bias.data);
}

/** How many channels a value has, if it is the hard-swish of a convolution. */
function channelsOfSwish(network: Network, { makers }: Uses, value: string): number | null {
  const times = makers.get(value);
  if (times?.op !== 'Mul') return null;
  const gate = times.inputs.map((name) => makers.get(name)).find((maker) => maker?.op === 'HardSigmoid');
  const [of = ''] = gate?.inputs ?? [];
  const convolution = times.inputs.includes(of) ? makers.get(of) : undefined;
  const weights = convolution?.op === 'Conv' ? network.tensors.get(convolution.inputs[1] ?? '') : undefined;
  return weights?.shape[0] ?? null;
}

/** A node that takes one value and one number. */
function withNumber(network: Network, node: Node): { value: string; number: number } | null {
  const constants = node.inputs.filter((name) => network.tensors.get(name)?.data.length === 1);
  const value = node.inputs.find((name) => !network.tensors.has(name));
  if (node.inputs.length !== 2 || constants.length !== 1 || value === undefined) return null;
  return { value, number: network.tensors.get(constants[0] as string)?.data[0] as number };
}

/** Bounds are attributes in older files, constants in newer ones. */
function isClip(network: Network, node: Node, [least, most]: readonly [number, number]): boolean {
  const bound = (name: string, at: number): number | null =>
    floatOf(node, name) ?? network.tensors.get(node.inputs[at] ?? '')?.data[0] ?? null;
  return node.op === 'Clip' && bound('min', 1) === least && bound('max', 2) === most;
}

function vector(numbers: ArrayLike<number>): Tensor {
  return { shape: [numbers.length], data: Float32Array.from(numbers) };
}
