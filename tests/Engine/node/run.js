// Compares ONNX models by what ONNX Runtime computes. Reads requests from standard input, a JSON object a line, and answers each
// with a JSON object a line:
//
//   { original, rewritten: [path], seeds: [number], optimise, dims, free, values, upTo }
//     dims      sizes of open axes, by "input/axis", by the symbol of the axis or by its index
//     free      the size of open axes that dims does not name; the first axis is 1
//     values    what an input is filled with, by its name, instead of random numbers
//     upTo      floats are drawn from [0, upTo] instead of the normal distribution
//   { outputs: [{ name, shape, largest, nonFinite }], noise, comparisons: [{ difference, bitEqual, nonFinite }] } or { error }
//     outputs   of the original: the shape for the first seed, the rest over all seeds
//     noise     with optimise: how far the original, optimised, is from itself, not optimised, or when its inputs change by 1e-6:
//               outputs that jump, as where a detector keeps what equals its maximum, jump for any rounding
//     A comparison that the engine cannot make is { error }.
//
// Differences are relative to the largest entry of the same output of the original, over all seeds.
'use strict';
const ort = require('onnxruntime-node');
const readline = require('readline');

const options = (optimise) => ({
  graphOptimizationLevel: optimise ? 'all' : 'disabled',
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
});

// mulberry32
function generator(seed) {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const normal = (next) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

function data(type, count, next, request, value) {
  const float = () => value ?? (request.upTo ? next() * request.upTo : normal(next));
  const whole = () => value ?? Math.floor(next() * 4);
  switch (type) {
    case 'float32': return Float32Array.from({ length: count }, float);
    case 'float64': return Float64Array.from({ length: count }, float);
    case 'int64': return BigInt64Array.from({ length: count }, () => BigInt(whole()));
    case 'int32': return Int32Array.from({ length: count }, whole);
    case 'uint8': return Uint8Array.from({ length: count }, whole);
    case 'bool': return Uint8Array.from({ length: count }, () => whole() % 2);
    default: throw new Error(`no inputs of type ${type} are drawn here`);
  }
}

function inputs(session, request, seed, shake = 0) {
  const next = generator(seed);
  const shaken = generator(1000 * seed + shake);
  const feeds = {};
  for (const { name, type, shape } of session.inputMetadata) {
    const dims = shape.map((size, axis) => typeof size === 'number' && size >= 0
      ? size
      : request.dims?.[`${name}/${axis}`] ?? request.dims?.[size] ?? request.dims?.[axis] ?? (axis === 0 ? 1 : request.free ?? 1));
    const count = dims.reduce((product, size) => product * size, 1);
    let drawn = data(type, count, next, request, request.values?.[name]);
    if (shake > 0 && (type === 'float32' || type === 'float64'))
      drawn = drawn.map((x) => x * (1 + 1e-6 * normal(shaken)));
    feeds[name] = new ort.Tensor(type, drawn, dims);
  }
  return feeds;
}

async function outputs(path, request, optimise, shake = 0) {
  const session = await ort.InferenceSession.create(path, options(optimise));
  try {
    const all = [];
    for (const seed of request.seeds) {
      const fetched = await session.run(inputs(session, request, seed, shake));
      all.push(session.outputNames.map((name) => ({ name, dims: [...fetched[name].dims], data: fetched[name].data })));
    }
    return all;
  } finally {
    await session.release();
  }
}

const bytes = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
const same = (a, b) => a === b || (Number.isNaN(a) && Number.isNaN(b));

// How far outputs are from those of the original, over all runs. Sigmoids are exact to 6e-8 of 1, not of themselves: the largest
// entry is that of all runs, since one input alone may leave them all at nothing.
function difference(pairs) {
  let largest = 0, worst = 0;
  for (const [a, b] of pairs) {
    for (let i = 0; i < a.length; i++) {
      const x = Number(a[i]), y = Number(b[i]);
      if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
      if (same(x, y)) continue;
      if (!Number.isFinite(x) || !Number.isFinite(y)) return Infinity;
      worst = Math.max(worst, Math.abs(x - y));
    }
  }
  return worst === 0 ? 0 : worst / largest;
}

const largest = (all) => all.flatMap((output) => [...output.data]).reduce(
  (most, x) => Number.isFinite(Number(x)) ? Math.max(most, Math.abs(Number(x))) : most, 0);

const nonFinite = (all) => all.flat().reduce(
  (count, output) => count + (output.data instanceof Float32Array || output.data instanceof Float64Array
    ? output.data.reduce((sum, x) => sum + (Number.isFinite(x) ? 0 : 1), 0)
    : 0),
  0);

function checkShape(a, b) {
  if (!b || a.name !== b.name || a.dims.join() !== b.dims.join() || a.data.constructor !== b.data.constructor)
    throw new Error(`output ${a.name} has shape [${a.dims}] in the original and is ${b ? `${b.name} of shape [${b.dims}]` : 'missing'}`);
}

function compare(original, rewritten) {
  const result = { difference: 0, bitEqual: true, nonFinite: nonFinite(rewritten) };
  original[0].forEach((_, place) => {
    const pairs = original.map((outs, run) => [outs[place], rewritten[run][place]]);
    for (const [a, b] of pairs) checkShape(a, b);
    result.difference = Math.max(result.difference, difference(pairs.map(([a, b]) => [a.data, b.data])));
    result.bitEqual &&= pairs.every(([a, b]) => bytes(a.data).equals(bytes(b.data)));
  });
  return result;
}

async function noise(original, request) {
  const others = [await outputs(request.original, request, false)];
  for (const shake of [1, 2, 3]) others.push(await outputs(request.original, request, true, shake));
  return Math.max(...others.map((other) => compare(other, original).difference));
}

async function answer(request) {
  const original = await outputs(request.original, request, request.optimise);
  const result = {
    outputs: original[0].map((output, place) => {
      const all = original.map((outs) => outs[place]);
      return { name: output.name, shape: output.dims, largest: largest(all), nonFinite: nonFinite(all) };
    }),
    noise: request.optimise ? await noise(original, request) : 0,
    comparisons: [],
  };
  for (const path of request.rewritten) {
    try {
      result.comparisons.push(compare(original, await outputs(path, request, request.optimise)));
    } catch (failure) {
      result.comparisons.push({ error: String(failure.message ?? failure) });
    }
  }
  return result;
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let result;
    try {
      result = await answer(JSON.parse(line));
    } catch (failure) {
      result = { error: String(failure.message ?? failure) };
    }
    // JSON has no infinity: one is written as text.
    process.stdout.write(JSON.stringify(result, (_, value) => typeof value === 'number' && !Number.isFinite(value) ? String(value) : value) + '\n');
  }
})();
