// SPDX-License-Identifier: Apache-2.0
// A question, and its answer piece by piece: as events where the node can stream, else by asking again and again.

import { NodeError, json, onIndex, send } from "./api.js";

const DATA = "data: ";

/**
 * Asks. Yields `{hits}` once, `{text, citations}` as the answer grows, and `{facts}` at its end.
 *
 * @param index what to retrieve from; empty for none
 * @param body of `_generate`
 * @param streams whether the node streams
 * @param signal stops the answer
 */
export async function* ask(index, body, streams, signal) {
  if (streams) {
    let response;
    try {
      response = await send(onIndex(index, "_generate/stream"), { method: "POST", body, signal });
    } catch (e) {
      // Another node behind the same address, which cannot stream.
      if (!(e instanceof NodeError) || e.status !== 400) throw e;
    }
    if (response !== undefined) {
      yield* streamed(response);
      return;
    }
  }
  yield* polled(index, body, signal);
}

async function* streamed(response) {
  const facts = {};
  let whole = false;
  for await (const event of events(response.body)) {
    if (event.error) throw new NodeError(event.status, event);
    if (event.hits) yield { hits: event.hits.hits };
    const choice = event.choices?.[0];
    if (choice?.delta?.content) yield { text: choice.delta.content, citations: event.citations ?? [] };
    if (choice?.finish_reason) facts.finish_reason = choice.finish_reason;
    if (event.usage) {
      const { model, usage, timings, context } = event;
      whole = true;
      yield { facts: { ...facts, model, usage, timings, context } };
    }
  }
  if (!whole) throw new Error("the connection ended before the answer did");
}

/** The objects of server-sent events. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      const whole = (rest + value).split("\n\n");
      rest = whole.pop();
      for (const event of whole) {
        if (event.startsWith(DATA) && event !== `${DATA}[DONE]`) yield JSON.parse(event.slice(DATA.length));
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function* polled(index, body, signal) {
  // Not by the signal: without its id an answer could not be stopped.
  let kept = await json(onIndex(index, "_generate"), { method: "POST", body: { ...body, async: true } });
  const answer = `_generate/${encodeURIComponent(kept.id)}`;
  try {
    while (true) {
      signal.throwIfAborted();
      if (kept.text) yield { text: kept.text, citations: kept.citations };
      if (kept.state === "failed") throw new NodeError(kept.status, kept);
      if (kept.state === "done") break;
      kept = await json(`${answer}?wait=2s&after=${kept.next}`, { signal });
    }
  } finally {
    send(answer, { method: "DELETE", keepalive: true }).catch(() => {});
  }
  const { hits, generation } = kept.response;
  yield { hits: hits.hits };
  const { model, usage, timings, context, choices } = generation;
  yield { facts: { model, usage, timings, context, finish_reason: choices[0].finish_reason } };
}
