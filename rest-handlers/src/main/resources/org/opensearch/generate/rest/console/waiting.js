// SPDX-License-Identifier: Apache-2.0
// Who waits for a model, by name, for those who may know.

import { json } from "./api.js";
import { count } from "./numbers.js";

/** From here on a failure is the node's, and may pass. */
const SERVER_ERROR = 500;
/** Users that are named. */
const MOST = 8;

export class WaitingView {
  #element;
  #allowed = true;

  /** @param element hidden while nobody waits */
  constructor(element) {
    this.#element = element;
  }

  /** @param queued how many requests wait for the model, over all nodes */
  async show(model, queued) {
    const users = queued > 0 && this.#allowed ? await this.#users(model) : [];
    this.#element.hidden = users.length === 0;
    const named = users.slice(0, MOST).map(([name, waiting]) => `${name} ${count(waiting)}`);
    if (users.length > MOST) named.push(`${count(users.length - MOST)} more`);
    this.#element.textContent = `Waiting: ${named.join(" · ")}`;
  }

  /** Names and how many requests of theirs wait, the most first. */
  async #users(model) {
    const waiting = new Map();
    try {
      const { nodes } = await json("_plugins/_generate/queue");
      for (const node of Object.values(nodes)) {
        for (const { user, priority, waiting: number } of node.models[model] ?? []) {
          const name = `${user || "without a name"}${priority === "ingest" ? " (ingest)" : ""}`;
          if (number > 0) waiting.set(name, (waiting.get(name) ?? 0) + number);
        }
      }
    } catch (e) {
      // The numbers go on without names.
      this.#allowed = e.status === undefined || e.status >= SERVER_ERROR;
    }
    return [...waiting].sort((a, b) => b[1] - a[1]);
  }
}
