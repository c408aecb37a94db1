// SPDX-License-Identifier: Apache-2.0
// The numbers of the stats endpoint, over all nodes that have the chosen model, asked for again and again.

import { json } from "./api.js";
import { bytes, count, duration } from "./numbers.js";
import { WaitingView } from "./waiting.js";

const REST_MILLIS = 1000;
const BUSY_MILLIS = 400;
/** After a reply that was an error. */
const FAILED_MILLIS = 5000;

/** A rate is one over at least this time, so that it does not jump. */
const RATE_MILLIS = 900;
/** What the trend shows. */
const TREND_MILLIS = 60_000;

/** The further on, the nearer to answers. */
const STATES = ["failed", "available", "downloading", "loading", "loaded"];

export class LiveView {
  #document;
  #chosen;
  #waiting;
  #busy = false;
  /** The nodes that count. */
  #nodes = "";
  /** Tokens that had been generated, and when; the latest last. */
  #readings = [];
  /** Tokens a second, and when; the latest last. */
  #rates = [];
  #timer;

  /**
   * @param document has the elements
   * @param chosen gives the id of the model that is watched; empty for none
   */
  constructor(document, chosen) {
    this.#document = document;
    this.#chosen = chosen;
    this.#waiting = new WaitingView(this.#at("waiting"));
    document.addEventListener("visibilitychange", () => this.#again(0));
  }

  /** Watches until the page is left; hidden pages rest. */
  start() {
    this.#again(0);
  }

  /** Whether an answer is being written, so that numbers are wanted more often. */
  busy(is) {
    this.#busy = is;
    this.#again(0);
  }

  /** Another model is watched. */
  changed() {
    this.#forget();
    this.#again(0);
  }

  /** The models of all nodes by their id, each as it is where it is furthest. */
  async models() {
    const models = new Map();
    for (const node of Object.values((await json("_plugins/_generate/stats")).nodes)) {
      for (const [id, model] of Object.entries(node.models)) {
        const other = models.get(id);
        if (!other || STATES.indexOf(model.state) > STATES.indexOf(other.state)) models.set(id, model);
      }
    }
    return models;
  }

  #again(millis) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#poll(), millis);
  }

  async #poll() {
    if (this.#document.visibilityState === "hidden") return;
    const problem = this.#at("live-problem");
    let next = this.#busy ? BUSY_MILLIS : REST_MILLIS;
    try {
      const stats = await json(`_plugins/_generate/stats?model=${encodeURIComponent(this.#chosen() || "*")}`);
      problem.hidden = true;
      this.#show(stats.nodes);
    } catch (e) {
      problem.textContent = `No live numbers: ${e.message}`;
      problem.hidden = false;
      next = FAILED_MILLIS;
    }
    this.#again(next);
  }

  #show(nodes) {
    const id = this.#chosen();
    const having = Object.entries(nodes).filter(([, node]) => node.models[id]);
    const models = having.map(([, node]) => node.models[id]);
    const loaded = models.filter(({ state }) => state === "loaded");
    this.#state(id, models, loaded);
    this.#memory(Object.values(nodes));
    const counting = having.map(([node, { models: { [id]: { state } } }]) => `${node} ${state}`).join();
    if (counting !== this.#nodes) this.#forget();
    this.#nodes = counting;
    if (loaded.length === 0) {
      for (const name of ["rate", "ttft", "between", "queue", "cache", "pages"]) this.#tile(name, "–", "");
      this.#level("pages-used", 0);
      this.#level("pages-cached", 0);
      this.#waiting.show(id, 0);
      this.#forget();
      return;
    }
    const sum = (value) => loaded.reduce((total, model) => total + value(model), 0);
    const worst = (value) => Math.max(...loaded.map(value));
    this.#rate(sum(({ tokens }) => tokens.generated), sum(({ throughput }) => throughput.tokens_per_second));
    for (const [name, of] of [["ttft", "ttft"], ["between", "inter_token"]]) {
      const p50 = worst(({ latency }) => latency[of].p50_ms);
      const p95 = worst(({ latency }) => latency[of].p95_ms);
      this.#tile(name, p50 === 0 ? "–" : duration(p50), p50 === 0 ? "" : `median · p95 ${duration(p95)}`);
    }
    const [queued, running, rejected] = ["queued", "running", "rejected"].map((name) => sum(({ requests }) => requests[name]));
    this.#tile("queue", count(queued), `${count(running)} running · ${count(rejected)} rejected`);
    this.#waiting.show(id, queued);
    const [prompt, cached] = [sum(({ tokens }) => tokens.prompt), sum(({ tokens }) => tokens.cached)];
    this.#tile("cache", prompt === 0 ? "–" : `${Math.round((100 * cached) / prompt)} %`, prompt === 0 ? "" : `${count(cached)} of ${count(prompt)} tokens`);
    const [used, kept, total] = ["used", "cached", "total"].map((name) => sum(({ pages }) => pages[name]));
    this.#tile("pages", count(used), `of ${count(total)} · ${count(kept)} kept`);
    this.#level("pages-used", used / total);
    this.#level("pages-cached", (used + kept) / total);
  }

  #state(id, models, loaded) {
    const element = this.#at("model-state");
    const model = loaded[0] ?? models[0];
    const state = model?.state ?? "no model";
    element.dataset.state = state;
    const parts = [id || "no model is chosen"];
    if (model) parts.push(model.progress ?? model.error ?? state);
    if (loaded.length > 0) parts.push(model.kernels.level);
    if (loaded.length > 1) parts.push(`${loaded.length} nodes`);
    const text = parts.join(" · ");
    if (element.textContent !== text) element.textContent = text;
  }

  #memory(nodes) {
    const used = nodes.reduce((total, { breaker }) => total + breaker.estimated_size_in_bytes, 0);
    const limit = nodes.reduce((total, { breaker }) => total + breaker.limit_size_in_bytes, 0);
    const tripped = nodes.reduce((total, { breaker }) => total + breaker.tripped, 0);
    this.#tile("memory", bytes(used), `of ${bytes(limit)}${tripped > 0 ? ` · tripped ${count(tripped)} times` : ""}`);
    this.#level("memory-used", limit === 0 ? 0 : used / limit);
  }

  #rate(generated, mean) {
    const now = performance.now();
    if (generated < this.#readings.at(-1)?.generated) this.#forget();
    const since = this.#readings.findLast(({ at }) => now - at >= RATE_MILLIS);
    this.#readings = [...this.#readings.filter(({ at }) => at >= (since?.at ?? 0)), { generated, at: now }];
    if (since) this.#rates.push({ rate: (1000 * (generated - since.generated)) / (now - since.at), at: now });
    this.#rates = this.#rates.filter(({ at }) => now - at <= TREND_MILLIS);
    this.#tile("rate", (this.#rates.at(-1)?.rate ?? 0).toFixed(1), `${mean.toFixed(1)} over 10 s`);
    this.#trend(now);
  }

  #trend(now) {
    const most = Math.max(1, ...this.#rates.map(({ rate }) => rate));
    const points = this.#rates.map(({ rate, at }) => {
      const x = 120 - (120 * (now - at)) / TREND_MILLIS;
      return `${x.toFixed(1)},${(27 - (25 * rate) / most).toFixed(1)}`;
    });
    this.#at("trend").firstElementChild.setAttribute("points", points.join(" "));
  }

  #forget() {
    this.#readings = [];
    this.#rates = [];
  }

  #tile(name, value, more) {
    this.#at(name).textContent = value;
    this.#at(`${name}-more`).textContent = more;
  }

  #level(name, share) {
    this.#at(name).setAttribute("width", String(Math.min(100, 100 * share)));
  }

  #at(id) {
    return this.#document.getElementById(id);
  }
}
