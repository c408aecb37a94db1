// SPDX-License-Identifier: Apache-2.0
// llama.cpp behind OpenAI's /v1/completions and /v1/chat/completions: one context, many sequences, continuous batching.
import { createServer } from "node:http";
import { basename } from "node:path";
import { fail, jinja, load, options } from "./llama.mjs";

const USAGE = `Usage: node llama-server.mjs MODEL.gguf [options]
  --port N       port on 127.0.0.1 (8080)
  --threads N    threads (2)
  --sequences N  answers at the same time (16)
  --context N    tokens of each sequence (2048)
  --batch N      tokens of a step (512)
  --modules DIR  folder with node_modules/node-llama-cpp (the current one)`;
const DEFAULTS = { port: 8080, threads: 2, sequences: 16, context: 2048, batch: 512 };

const settings = options(process.argv.slice(2), DEFAULTS, USAGE);
const { model, context } = await load(settings);
const { Template } = await jinja(settings.modules);
const name = basename(settings.model, ".gguf");

// --- sequences: a free one is lent to each request --------------------------------------------------------------------------

const free = Array.from({ length: settings.sequences }, () => context.getSequence());
const waiting = [];

function common(sequence, tokens) {
  const held = sequence.contextTokens;
  let n = 0;
  while (n < held.length && n < tokens.length && held[n] === tokens[n]) n++;
  return n;
}

/** That with the longest common beginning if it is a tenth of the prompt, or the one that was used longest ago. */
async function borrow(tokens) {
  if (free.length === 0) await new Promise((resume) => waiting.push(resume));
  const longest = free.reduce((a, b) => (common(b, tokens) > common(a, tokens) ? b : a));
  const best = common(longest, tokens) > tokens.length / 10 ? longest : free[0];
  free.splice(free.indexOf(best), 1);
  return best;
}

function giveBack(sequence) {
  free.push(sequence);
  waiting.shift()?.();
}

// --- prompts -------------------------------------------------------------------------------------------------------------

const metadata = model.fileInfo.metadata.tokenizer ?? {};
const text = (token) => (token == null ? "" : model.detokenize([token], true));
// What this project's engine takes for models without a template.
const PLAIN = "{% for m in messages %}{{ m.role + ': ' + m.content + '\\n\\n' }}{% endfor %}{{ 'assistant:' }}";
const template = new Template(metadata.chat_template ?? PLAIN);

/** Token ids; of a chat as the model's template writes it. */
function promptTokens(body) {
  if (typeof body.prompt === "string") return withBos(model.tokenize(body.prompt, false));
  const variables = { bos_token: text(model.tokens.bos), eos_token: text(model.tokens.eos), add_generation_prompt: true };
  return withBos(model.tokenize(template.render({ ...variables, messages: body.messages }), true));
}

function withBos(tokens) {
  const wanted = metadata.ggml?.add_bos_token ?? model.tokens.shouldPrependBosToken;
  return wanted && tokens[0] !== model.tokens.bos ? [model.tokens.bos, ...tokens] : tokens;
}

// --- answers -------------------------------------------------------------------------------------------------------------

/** Computes an answer; calls onText for each token. */
async function answer(body, onText, signal) {
  const tokens = promptTokens(body);
  const most = body.max_completion_tokens ?? body.max_tokens ?? 256;
  if (tokens.length + most > settings.context) {
    throw new Error(`the prompt has ${tokens.length} tokens, with ${most} new ones more than ${settings.context}`);
  }
  const sequence = await borrow(tokens);
  try {
    // The last token is always computed, since its logits are wanted.
    const cached = Math.min(common(sequence, tokens), tokens.length - 1);
    if (sequence.contextTokens.length > cached) {
      await sequence.eraseContextTokenRanges([{ start: cached, end: sequence.contextTokens.length }]);
    }
    const sampling = { temperature: body.temperature ?? 0.8, topP: body.top_p ?? 1, topK: body.top_k ?? 0, seed: body.seed };
    const found = [];
    let shown = "";
    let finish = "length";
    const kept = sequence.contextTokens.length;
    for await (const token of sequence.evaluate(tokens.slice(kept), { ...sampling, yieldEogToken: true })) {
      if (signal.aborted) break;
      if (model.isEogToken(token) && !body.ignore_eos) {
        finish = "stop";
        break;
      }
      found.push(token);
      const whole = model.detokenize(found, false, tokens).replace(/\uFFFD+$/u, "");
      onText(whole.slice(shown.length));
      shown = whole;
      if (found.length >= most) break;
    }
    const usage = {
      prompt_tokens: tokens.length,
      completion_tokens: found.length,
      total_tokens: tokens.length + found.length,
      prompt_tokens_details: { cached_tokens: kept },
    };
    return { shown, finish, usage };
  } finally {
    giveBack(sequence);
  }
}

// --- HTTP ----------------------------------------------------------------------------------------------------------------

async function read(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString("utf8"));
}

function reply(response, status, json) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(json));
}

async function complete(request, response, chat) {
  const left = new AbortController();
  response.on("close", () => left.abort());
  try {
    const body = await read(request);
    if (chat ? !Array.isArray(body.messages) : typeof body.prompt !== "string") {
      throw new Error(chat ? "wanted messages" : "wanted a prompt");
    }
    const head = { id: `cmpl-${Date.now()}`, model: name, object: chat ? "chat.completion" : "text_completion" };
    const event = (json) => response.write(`data: ${JSON.stringify({ ...head, ...json })}\n\n`);
    const piece = (part) => (chat ? { delta: { content: part } } : { text: part });
    const send = (part) => {
      if (!body.stream) return;
      if (!response.headersSent) response.writeHead(200, { "Content-Type": "text/event-stream" });
      event({ choices: [{ index: 0, ...piece(part), finish_reason: null }] });
    };
    const { shown, finish, usage } = await answer(body, send, left.signal);
    if (!body.stream) {
      const whole = chat ? { message: { role: "assistant", content: shown } } : { text: shown };
      reply(response, 200, { ...head, choices: [{ index: 0, ...whole, finish_reason: finish }], usage });
      return;
    }
    if (!response.headersSent) response.writeHead(200, { "Content-Type": "text/event-stream" });
    event({ choices: [{ index: 0, ...(chat ? { delta: {} } : { text: "" }), finish_reason: finish }] });
    if (body.stream_options?.include_usage) event({ choices: [], usage });
    response.end("data: [DONE]\n\n");
  } catch (error) {
    if (response.headersSent) response.end(`data: ${JSON.stringify({ error: { message: error.message } })}\n\n`);
    else reply(response, 400, { error: { message: error.message } });
  }
}

const server = createServer((request, response) => {
  if (request.method === "POST" && request.url === "/v1/completions") complete(request, response, false);
  else if (request.method === "POST" && request.url === "/v1/chat/completions") complete(request, response, true);
  else reply(response, 404, { error: { message: `no ${request.method} ${request.url}` } });
});
server.on("error", (error) => fail(error.message));
server.listen(settings.port, "127.0.0.1", () =>
  console.log(`${name}: ${settings.sequences} sequences of ${settings.context}, ${settings.threads} threads, port ${settings.port}`),
);
