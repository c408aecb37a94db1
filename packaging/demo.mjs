// SPDX-License-Identifier: Apache-2.0
// The demo's JSON: `request QUESTION-LINE` prints a request, `answer QUESTION-LINE` shows the reply on standard input,
// `state MODEL` prints a model's state and percentage from the reply of /_plugins/_generate/models.
import { readFileSync } from "node:fs";

const [command, argument] = process.argv.slice(2);
const stdin = () => readFileSync(0, "utf8");
const seconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

const commands = {
  request() {
    const { question } = JSON.parse(argument);
    const context = { fields: ["title", "text"] };
    console.log(JSON.stringify({ question, size: 3, context, max_completion_tokens: 64, stop: ["\n"] }));
  },

  answer() {
    const reply = JSON.parse(stdin());
    if (!reply.generation) {
      console.error(JSON.stringify(reply.error ?? reply, null, 2));
      process.exit(1);
    }
    const { choices, citations, usage, timings } = reply.generation;
    const hits = new Map(reply.hits.hits.map((hit) => [`${hit._index}/${hit._id}`, hit._source]));
    console.log(`Question:  ${JSON.parse(argument).question}`);
    console.log(`Answer:    ${choices[0].message.content.trim().replace(/\n+/g, "\n           ")}`);
    for (const { marker, _index, _id, field, start, end } of citations) {
      const words = hits.get(`${_index}/${_id}`)?.[field]?.slice(start, end) ?? "";
      console.log(`Citation:  ${marker} ${_index}/${_id}, ${field} ${start}-${end}: "${words}"`);
    }
    const cached = usage.prompt_tokens_details.cached_tokens;
    const prefill = ((usage.prompt_tokens - cached) * 1000) / timings.prefill_ms;
    const parts = [
      `whole ${seconds(reply.took)}`,
      `retrieval ${seconds(timings.retrieve_ms)}`,
      `first token ${seconds(timings.ttft_ms)}`,
      `${usage.prompt_tokens} prompt tokens ` + (cached > 64 ? `(${cached} cached)` : `at ${prefill.toFixed(0)} tokens/s`),
      `${usage.completion_tokens} answer tokens at ${timings.decode_tokens_per_second.toFixed(1)} tokens/s`,
    ];
    console.log(`Timings:   ${parts.join(", ")}\n`);
  },

  state() {
    const model = JSON.parse(stdin()).models.find(({ id }) => id === argument);
    const percent = model?.state === "loaded" ? 100 : (/(\d+) ?%/.exec(model?.progress ?? "")?.[1] ?? 0);
    console.log(`${model?.state ?? "failed"} ${percent} ${model?.error ?? ""}`.trim());
  },
};

commands[command]();
