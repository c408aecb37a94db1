// SPDX-License-Identifier: Apache-2.0
// Wires the page: the form asks, the answer and its passages show what comes, the live numbers run beside.

import { AnswerView } from "./answer.js";
import { NodeError, json } from "./api.js";
import { ask } from "./ask.js";
import { LiveView } from "./live.js";
import { count, duration } from "./numbers.js";
import { PassagesView } from "./passages.js";

const LOADING_MILLIS = 500;
/** How often a question is asked again for a model that is said to be loading. */
const MOST_TRIES = 5;
const WAITING = "Waiting for the first word …";
const ENDS = { length: "cut at its longest length", timeout: "cut by its timeout" };

const at = (id) => document.getElementById(id);
const value = (id) => at(id).value.trim();

const passages = new PassagesView(at("passages"), at("passages-count"), (number) => answer.reveal(number));
const answer = new AnswerView(at("answer"), (number) => passages.reveal(number));
const live = new LiveView(document, model);
const streams = json("_plugins/_generate/console/node.json").then((node) => node.streams, () => false);
let defaultModel = "";
let running = null;

/** The id of the model that would answer. */
function model() {
  return value("model") || defaultModel;
}

async function offerModels() {
  const { models } = await json("_plugins/_generate/models");
  defaultModel = models.find((one) => one.default)?.id ?? "";
  const chosen = new URLSearchParams(location.search).get("model") ?? "";
  at("model").firstElementChild.textContent = defaultModel ? `Default (${defaultModel})` : "Default";
  at("model").append(...models.map(({ id }) => new Option(id, id, false, id === chosen)));
  live.changed();
}

async function offerIndices() {
  const indices = await json("_cat/indices?format=json&h=index&s=index&expand_wildcards=open");
  const names = indices.map(({ index }) => index).filter((index) => !index.startsWith("."));
  at("indices").append(...names.map((name) => new Option(name)));
  if (names.length !== 1 || value("index") !== "") return;
  at("index").value = names[0];
  if (document.activeElement === at("index")) at("question").focus();
}

function body() {
  const wanted = { question: value("question") };
  if (value("model")) wanted.model = value("model");
  if (value("stop-at") === "line") wanted.stop = ["\n"];
  if (value("temperature")) wanted.temperature = Number(value("temperature"));
  if (value("length")) wanted.max_completion_tokens = Number(value("length"));
  if (value("index")) {
    if (value("size")) wanted.size = Number(value("size"));
    if (fields().length > 0) wanted.context = { fields: fields() };
  }
  return wanted;
}

function fields() {
  return value("fields").split(",").map((field) => field.trim()).filter(Boolean);
}

async function submit() {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  setAsking(true);
  try {
    await answerWhenLoaded(mine.signal);
  } catch (e) {
    if (mine.signal.aborted) {
      if (running === mine) tell("Stopped.");
    } else {
      complain(e);
    }
  }
  if (running === mine) {
    running = null;
    answer.end();
    setAsking(false);
  }
}

/** Asks, and asks again when a model that was still loading has been loaded. */
async function answerWhenLoaded(signal) {
  for (let tries = 1; ; tries++) {
    answer.begin();
    passages.clear();
    const [index, streaming] = [value("index"), await streams];
    signal.throwIfAborted();
    hint(index && !streaming ? "They come with the end of the answer." : "");
    tell(index ? "Searching …" : WAITING);
    try {
      await show(ask(index, body(), streaming, signal), signal);
      return;
    } catch (e) {
      if (e.status !== 503 || tries === MOST_TRIES || !(await loaded(signal))) throw e;
    }
  }
}

/** Waits as long as the model is on its way into memory; whether it is there then. */
async function loaded(signal) {
  while (true) {
    const models = await live.models().catch(() => new Map());
    const state = models.get(model())?.state;
    if (state !== "loading" && state !== "downloading") return state === "loaded";
    tell("The model is being loaded; the question is asked again then.");
    await new Promise((resolve) => setTimeout(resolve, LOADING_MILLIS));
    signal.throwIfAborted();
  }
}

async function show(pieces, signal) {
  let begun = false;
  for await (const { hits, text, citations, facts } of pieces) {
    signal.throwIfAborted();
    if (hits) {
      passages.show(hits, fields());
      hint(value("index") && hits.length === 0 ? "Nothing was found; the model answers without." : "");
      if (!begun) tell(hits.length === 0 ? WAITING : `Reading ${passagesOf(hits.length)} …`);
    }
    if (citations) {
      answer.cite(citations);
      passages.cite(citations);
    }
    if (text) {
      answer.append(text);
      begun = true;
      tell("");
    }
    if (facts) tell(told(facts));
  }
}

/** How the answer stands. */
function tell(text) {
  if (at("facts").textContent !== text) at("facts").textContent = text;
}

/** In place of passages. */
function hint(text) {
  at("passages-hint").textContent = text;
  at("passages-hint").hidden = text === "";
}

function told({ model: by, usage, timings, context, finish_reason: reason }) {
  const parts = [
    by,
    `first token after ${duration(timings.ttft_ms)}`,
    `${count(usage.completion_tokens)} tokens at ${timings.decode_tokens_per_second.toFixed(1)} a second`,
    `${count(usage.prompt_tokens)} read, ${count(usage.prompt_tokens_details.cached_tokens)} of them cached`,
  ];
  if (context.used > 0) parts.push(passagesOf(context.used));
  if (ENDS[reason]) parts.push(ENDS[reason]);
  return parts.join(" · ");
}

function passagesOf(number) {
  return number === 1 ? "1 passage" : `${number} passages`;
}

function complain(e) {
  const problem = at("problem");
  problem.textContent = e instanceof NodeError && e.type ? `${e.message} (${e.status}, ${e.type})` : e.message;
  problem.hidden = false;
  tell("");
  hint("");
}

function setAsking(is) {
  if (is) at("problem").hidden = true;
  at("hint").hidden = true;
  const focused = [at("submit"), at("cancel")].includes(document.activeElement);
  at("cancel").hidden = !is;
  at("submit").hidden = is;
  if (focused) at(is ? "cancel" : "submit").focus();
  at("answer").classList.toggle("growing", is);
  live.busy(is);
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
at("cancel").addEventListener("click", () => {
  running?.abort();
  at("question").focus();
});
at("question").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  at("ask").requestSubmit();
});
at("model").addEventListener("change", () => live.changed());
// An answer that nobody sees is not written.
addEventListener("pagehide", () => running?.abort());

for (const [name, text] of new URLSearchParams(location.search)) {
  const field = at("ask").elements.namedItem(name);
  if (field) field.value = text;
}
offerModels().catch(complain);
offerIndices().catch(() => {});
live.start();
at(value("index") === "" ? "index" : "question").focus();
