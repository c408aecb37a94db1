// SPDX-License-Identifier: Apache-2.0
// One call of OpenAI's own client, by its name, to a node; prints what the client returned, or the error it threw.
import OpenAI from "openai";

const [baseURL, scenario] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
const messages = [{ role: "user", content: "What is the hardest mineral of the hill?" }];
const retrieval = { index: "minerals", context: { fields: ["title", "text"] } };

async function all(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const scenarios = {
  chat: () => client.chat.completions.create({ model: "scripted", messages }),
  retrieval: () => client.chat.completions.create({ model: "scripted", messages, ...retrieval }),
  stream: async () =>
    all(
      await client.chat.completions.create({
        model: "scripted",
        messages,
        ...retrieval,
        stream: true,
        stream_options: { include_usage: true },
      }),
    ),
  helper: () => client.chat.completions.stream({ model: "scripted", messages }).finalChatCompletion(),
  text: () => client.completions.create({ model: "scripted", prompt: "Hello" }),
  textStream: async () => all(await client.completions.create({ model: "scripted", prompt: "Hello", stream: true })),
  models: async () => all(client.models.list()),
  model: () => client.models.retrieve("endless"),
  noModel: () => client.models.retrieve("nobody"),
  unknownModel: () => client.chat.completions.create({ model: "nobody", messages }),
  badField: () => client.chat.completions.create({ model: "scripted", messages, temperature: 5 }),
  streamedError: async () => all(await client.chat.completions.create({ model: "nobody", messages, stream: true })),
  leave: async () => {
    const stream = await client.chat.completions.create({
      model: "endless",
      messages,
      max_completion_tokens: 30000,
      stream: true,
    });
    const chunks = [];
    for await (const chunk of stream) {
      chunks.push(chunk);
      if (chunks.length === 4) break;
    }
    return chunks;
  },
};

try {
  console.log(JSON.stringify({ result: await scenarios[scenario]() }));
} catch (e) {
  const { status, type, code, message } = e;
  console.log(JSON.stringify({ thrown: { name: e.constructor.name, status, type, code, message } }));
}
