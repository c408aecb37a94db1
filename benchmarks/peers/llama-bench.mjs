// SPDX-License-Identifier: Apache-2.0
// Prefill and decode of llama.cpp without a server, as `generate bench --json` measures ours: the same prompts, the same numbers.
import { basename } from "node:path";
import { load, options } from "./llama.mjs";

const USAGE = `Usage: node llama-bench.mjs MODEL.gguf [options]
  -p N           prompt tokens (512)
  -n N           new tokens (64)
  --requests N   requests at once (1)
  --runs N       runs, of which the medians are told, after one that does not count (1)
  --threads N    threads (2)
  --batch N      tokens of a step (512)
  --modules DIR  folder with node_modules/node-llama-cpp (the current one)`;

const settings = options(process.argv.slice(2), { p: 512, n: 64, requests: 1, runs: 1, threads: 2, batch: 512 }, USAGE);
const { p, n, requests, runs } = settings;
const { model, context } = await load({ ...settings, sequences: requests, context: p + n + 8 });
const sequences = Array.from({ length: requests }, () => context.getSequence());
const vocabulary = model.fileInsights.vocabularySize ?? model.fileInfo.metadata[model.fileInfo.metadata.general.architecture].vocab_size;

const prompt = (request) => Array.from({ length: p }, (_, i) => (300 + (((i + request) * 7919) % 5000)) % (vocabulary ?? 32000));
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Requests of the same size at once: the time of every token since the start, in milliseconds. */
async function once() {
  await Promise.all(sequences.map((sequence) => sequence.clearHistory()));
  const start = performance.now();
  const answer = async (sequence, request) => {
    const times = [];
    for await (const _ of sequence.evaluate(prompt(request), { temperature: 0.9, seed: request + 1, yieldEogToken: true })) {
      times.push(performance.now() - start);
      if (times.length >= n) break;
    }
    return times;
  };
  const all = await Promise.all(sequences.map(answer));
  const lastFirst = Math.max(...all.map((times) => times[0]));
  const after = all.flat().filter((time) => time > lastFirst);
  return {
    prefill: (1000 * p * requests) / lastFirst,
    decode: (1000 * after.length) / (Math.max(...after) - lastFirst),
    ttft: all.reduce((sum, times) => sum + times[0], 0) / requests,
  };
}

await once();
const measured = [];
for (let run = 0; run < runs; run++) measured.push(await once());
console.log(
  JSON.stringify({
    model: basename(settings.model, ".gguf"),
    prompt_tokens: p,
    new_tokens: n,
    requests,
    runs,
    prefill_tokens_per_second: median(measured.map((m) => m.prefill)),
    decode_tokens_per_second: median(measured.map((m) => m.decode)),
    ttft_ms: median(measured.map((m) => m.ttft)),
  }),
);
process.exit(0);
