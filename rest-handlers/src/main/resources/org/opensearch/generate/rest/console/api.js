// SPDX-License-Identifier: Apache-2.0
// Requests to the node that served the page, and what goes wrong with them.

/** The second names these requests in tasks, in the slow log and, where nobody has a name, in the queue. */
const HEADERS = { "Content-Type": "application/json", "X-Opaque-Id": "generate-console" };

const root = new URL("../../../", import.meta.url);

/** An error of the node: its reason as message, with status and type. */
export class NodeError extends Error {
  constructor(status, body) {
    const error = body?.error;
    super(error?.reason ?? (typeof error === "string" ? error : `the node answered with status ${status}`));
    this.status = status;
    this.type = error?.type ?? "";
  }
}

/** The path of a request about an index, or about none. */
export function onIndex(index, path) {
  return index === "" ? path : `${encodeURIComponent(index)}/${path}`;
}

/** Sends a request; a reply that is an error is thrown. */
export async function send(path, { method = "GET", body, signal, keepalive } = {}) {
  const options = { method, signal, keepalive, headers: HEADERS };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await fetch(new URL(path, root), options).catch((e) => {
    throw e instanceof TypeError ? new Error("The node cannot be reached.") : e;
  });
  if (!response.ok) {
    throw new NodeError(response.status, await response.json().catch(() => null));
  }
  return response;
}

/** The JSON of a reply. */
export async function json(path, options) {
  return (await send(path, options)).json();
}
