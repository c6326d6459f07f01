/**
 * A network's file (ONNX) as its nodes and constant tensors, and back. What is not looked at here is carried through
 * unread. Knows the format, not what the network is for.
 */

import {
  bytesField,
  type Field,
  fieldsOf,
  floatsOf,
  messageOf,
  numberField,
  numbersOf,
  textField,
  textOf,
} from './wire.ts';

/** One operation: its name, the values it takes and gives, and its other fields as they stand in the file. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly others: readonly Field[];
}

/** A constant of 32-bit floating-point numbers. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A network: nodes in an order in which they can run, and the constants they take. */
export interface Network {
  readonly nodes: readonly Node[];
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Values that leave the network. */
  readonly results: ReadonlySet<string>;
  /** The file around the nodes: fields of the model, fields of its graph. */
  readonly model: readonly Field[];
  readonly graph: readonly Field[];
}

// Field numbers of onnx.proto.
const model = { graph: 7 } as const;
const graph = { node: 1, initializer: 5, input: 11, output: 12 } as const;
const node = { input: 1, output: 2, op: 4, attribute: 5 } as const;
const attribute = { name: 1, float: 2, integer: 3, tensor: 5, integers: 8, type: 20 } as const;
const tensor = { dims: 1, type: 2, floats: 4, name: 8, raw: 9 } as const;
const valueInfo = { name: 1 } as const;
const floatType = 1;

/** Reads a network's file. */
export function readNetwork(bytes: Uint8Array): Network {
  const outer = fieldsOf(bytes);
  const body = outer.find(({ number }) => number === model.graph);
  if (body === undefined) throw new Error('this file holds no network');
  const inner = fieldsOf(body.bytes);
  const nodes = inner.filter(({ number }) => number === graph.node).map(nodeOf);
  const tensors = new Map<string, Tensor>();
  for (const field of inner) if (field.number === graph.initializer) keep(tensors, fieldsOf(field.bytes));
  // What a caller may replace is no constant.
  for (const field of inner) if (field.number === graph.input) tensors.delete(nameOfValue(field));
  for (const one of nodes.filter(({ op }) => op === 'Constant')) {
    const value = attributeOf(one, 'value')?.find(({ number }) => number === attribute.tensor);
    if (value !== undefined) keep(tensors, fieldsOf(value.bytes), one.outputs[0]);
  }
  const results = new Set(inner.filter(({ number }) => number === graph.output).map(nameOfValue));
  // A constant that is known needs no node; it is written as a tensor.
  const others = nodes.filter(({ op, outputs }) => op !== 'Constant' || !tensors.has(outputs[0] ?? ''));
  return { nodes: others, tensors, results, model: outer, graph: inner };
}

/** The file of a network. Constants that no node takes any more stay out. */
export function writeNetwork(network: Network): Uint8Array {
  const taken = new Set([...network.results, ...network.nodes.flatMap(({ inputs }) => inputs)]);
  const nodes = network.nodes.filter(({ op, outputs }) => op !== 'Constant' || taken.has(outputs[0] ?? ''));
  const given = new Set(nodes.flatMap(({ outputs }) => outputs));
  const kept = network.graph.filter(
    (field) =>
      field.number !== graph.node && (field.number !== graph.initializer || taken.has(nameOf(fieldsOf(field.bytes)))),
  );
  for (const field of kept) if (field.number === graph.initializer) given.add(nameOf(fieldsOf(field.bytes)));
  const made = [...network.tensors].filter(([name]) => taken.has(name) && !given.has(name));
  const inner = messageOf([
    ...nodes.map((one) => bytesField(graph.node, messageOfNode(one))),
    ...kept,
    ...made.map(([name, value]) => bytesField(graph.initializer, messageOfTensor(name, value))),
  ]);
  return messageOf(
    network.model.map((field) => (field.number === model.graph ? bytesField(model.graph, inner) : field)),
  );
}

/** A node's whole numbers under a name, such as `pads`; null where it has none. */
export function integersOf(one: Node, name: string): number[] | null {
  const fields = attributeOf(one, name)?.filter(
    ({ number }) => number === attribute.integers || number === attribute.integer,
  );
  return fields === undefined ? null : fields.flatMap(numbersOf);
}

/** A node's floating-point number under a name; null where it has none. */
export function floatOf(one: Node, name: string): number | null {
  const field = attributeOf(one, name)?.find(({ number }) => number === attribute.float);
  return field === undefined ? null : (floatsOf(field)[0] ?? null);
}

/** A new node with floating-point attributes. */
export function makeNode(
  op: string,
  at: { inputs: readonly string[]; outputs: readonly string[]; floats?: Readonly<Record<string, number>> },
): Node {
  const others = Object.entries(at.floats ?? {}).map(([name, value]) =>
    bytesField(
      node.attribute,
      messageOf([
        textField(attribute.name, name),
        { number: attribute.float, wire: 5, bytes: bytesOf(Float32Array.of(value)) },
        numberField(attribute.type, 1),
      ]),
    ),
  );
  return { op, inputs: at.inputs, outputs: at.outputs, others };
}

function nodeOf(field: Field): Node {
  const fields = fieldsOf(field.bytes);
  const texts = (wanted: number): string[] => fields.filter(({ number }) => number === wanted).map(textOf);
  return {
    op: texts(node.op)[0] ?? '',
    inputs: texts(node.input),
    outputs: texts(node.output),
    others: fields.filter(({ number }) => number !== node.op && number !== node.input && number !== node.output),
  };
}

function messageOfNode({ op, inputs, outputs, others }: Node): Uint8Array {
  return messageOf([
    ...inputs.map((name) => textField(node.input, name)),
    ...outputs.map((name) => textField(node.output, name)),
    textField(node.op, op),
    ...others,
  ]);
}

function attributeOf(one: Node, name: string): Field[] | undefined {
  return one.others
    .filter(({ number }) => number === node.attribute)
    .map(({ bytes }) => fieldsOf(bytes))
    .find((fields) => fields.some((field) => field.number === attribute.name && textOf(field) === name));
}

function nameOfValue(field: Field): string {
  const name = fieldsOf(field.bytes).find(({ number }) => number === valueInfo.name);
  return name === undefined ? '' : textOf(name);
}

function keep(tensors: Map<string, Tensor>, fields: readonly Field[], name = nameOf(fields)): void {
  const type = fields.find(({ number }) => number === tensor.type);
  if (type === undefined || numbersOf(type)[0] !== floatType) return;
  const shape = fields.filter(({ number }) => number === tensor.dims).flatMap(numbersOf);
  const numbers = fields.filter(({ number }) => number === tensor.raw || number === tensor.floats);
  const [only] = numbers;
  // Numbers in another file, or one by one as old writers left them, are no constant to us.
  if (only === undefined || numbers.length > 1) return;
  const data = floatsOf(only);
  if (data.length === shape.reduce((product, side) => product * side, 1)) tensors.set(name, { shape, data });
}

function nameOf(fields: readonly Field[]): string {
  const field = fields.find(({ number }) => number === tensor.name);
  return field === undefined ? '' : textOf(field);
}

function messageOfTensor(name: string, { shape, data }: Tensor): Uint8Array {
  return messageOf([
    ...shape.map((side) => numberField(tensor.dims, side)),
    numberField(tensor.type, floatType),
    textField(tensor.name, name),
    bytesField(tensor.raw, bytesOf(data)),
  ]);
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
