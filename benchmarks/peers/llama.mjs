// SPDX-License-Identifier: Apache-2.0
// What the programs of this folder share: options, and llama.cpp through npm's node-llama-cpp, which is looked for in the folder
// that --modules names (or the current one) and never in this project.
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

export function fail(message) {
  console.error(message);
  process.exit(2);
}

/** Reads MODEL and --name NUMBER or --name TEXT; `defaults` says which names there are and of which kind. */
export function options(words, defaults, usage) {
  const found = { modules: ".", ...defaults };
  const rest = [];
  for (let i = 0; i < words.length; i++) {
    const name = words[i].replace(/^--?/, "");
    if (!words[i].startsWith("-")) rest.push(words[i]);
    else if (!(name in found)) fail(`unknown option ${words[i]}\n${usage}`);
    else if (found[name] === false) found[name] = true;
    else {
      const value = words[++i];
      const number = typeof found[name] === "number";
      if (value === undefined || (number && !/^\d+$/.test(value))) {
        fail(`${words[i - 1]}: wanted a ${number ? "whole number" : "value"}, found ${value ?? "nothing"}`);
      }
      found[name] = number ? Number(value) : value;
    }
  }
  if (rest.length !== 1 || !existsSync(rest[0])) fail(`wanted one model file, found ${rest.join(" ") || "none"}\n${usage}`);
  return { ...found, model: resolve(rest[0]) };
}

/** node-llama-cpp's module, and another that it brings. */
async function module(folder, name, path) {
  const file = resolve(folder, "node_modules", name, path);
  if (!existsSync(file)) fail(`no ${name} under ${resolve(folder)}: there, run npm install node-llama-cpp --ignore-scripts`);
  return import(pathToFileURL(file));
}

/** A model and one context with several sequences, on the processor alone. */
export async function load({ modules, model, threads, sequences, context, batch }) {
  const { getLlama, LlamaLogLevel } = await module(modules, "node-llama-cpp", "dist/index.js");
  const llama = await getLlama({ gpu: false, build: "never", maxThreads: threads, logLevel: LlamaLogLevel.warn });
  const loaded = await llama.loadModel({ modelPath: model });
  const made = await loaded.createContext({
    contextSize: context,
    sequences,
    batchSize: batch,
    threads: { ideal: threads, min: threads },
  });
  return { llama, model: loaded, context: made };
}

/** Jinja, as node-llama-cpp brings it. */
export async function jinja(modules) {
  const require = createRequire(resolve(modules, "node_modules/node-llama-cpp/package.json"));
  return require("@huggingface/jinja");
}
