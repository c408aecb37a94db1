// SPDX-License-Identifier: Apache-2.0
// One scenario, by its name, in a headless Chromium that looks at a node's console; prints what the page shows.
//
//   node console.mjs http://127.0.0.1:9200 SCENARIO [FOLDER]
//
// With a FOLDER the page is also painted into it, wide and narrow, light and dark.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// The browser's package brings its shared libraries to machines that it takes for bare ones, and a font.
process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs22.x";
process.env.LD_LIBRARY_PATH ??= "";
process.env.TMPDIR = import.meta.dirname;
process.env.FONTCONFIG_FILE = join(import.meta.dirname, "fonts.conf");
writeFileSync(
  process.env.FONTCONFIG_FILE,
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    <dir>/usr/share/fonts</dir><dir>${import.meta.dirname}/fonts</dir><cachedir>${import.meta.dirname}/font-cache</cachedir>
  </fontconfig>`,
);
const { default: chromium } = await import("@sparticuz/chromium");
const { default: puppeteer } = await import("puppeteer-core");

const [base, scenario, folder] = process.argv.slice(2);
const SOON = 20_000;
const sizes = { wide: { width: 1360, height: 850 }, narrow: { width: 390, height: 844, isMobile: true, hasTouch: true } };

const browser = await puppeteer.launch({
  executablePath: await chromium.executablePath(),
  args: ["--no-sandbox", "--no-zygote"],
  headless: "shell",
});
const page = await browser.newPage();
page.setDefaultTimeout(SOON);
await page.setViewport(sizes.wide);

const complaints = [];
page.on("console", (message) => {
  if (["error", "warn"].includes(message.type())) complaints.push(message.text());
});
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("requestfailed", (request) => {
  if (request.failure()?.errorText !== "net::ERR_ABORTED") complaints.push(`${request.url()} ${request.failure()?.errorText}`);
});
const others = [];
page.on("request", (request) => {
  if (!request.url().startsWith(base)) others.push(request.url());
});
const paths = [];
page.on("request", (request) => paths.push(`${request.method()} ${new URL(request.url()).pathname}`));

const text = (selector) => page.$eval(selector, (element) => element.textContent);
const all = (selector, what) => page.$$eval(selector, (elements, name) => elements.map((element) => element[name]), what);
const shown = (selector) => page.waitForSelector(selector, { visible: true });
const until = (condition, ...values) => page.waitForFunction(condition, { polling: 50 }, ...values);
const filled = (selector) => until((at) => document.querySelector(at).textContent !== "", selector);

async function open(query = "") {
  await page.goto(`${base}/_plugins/_generate/console${query}`, { waitUntil: "load" });
  await until(() => document.getElementById("memory").textContent !== "–");
  await until(() => document.querySelector("#indices option") !== null);
}

async function put(selector, value) {
  await page.$eval(selector, (element) => (element.value = ""));
  await page.type(selector, value);
}

async function ask(index, question, model, length) {
  await open();
  await put("#index", index);
  if (model) {
    await page.click("summary");
    await page.select("#model", model);
    if (length) await put("#length", length);
  }
  await put("#question", question);
  await page.keyboard.press("Enter");
}

async function answered(index, question, model) {
  await ask(index, question, model);
  await filled("#facts");
  await until(() => document.getElementById("answer").getAttribute("aria-busy") === "false");
}

async function axe() {
  const require = createRequire(import.meta.url);
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

async function scheme(value) {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
}

const answer = async () => ({
  answer: await text("#answer"),
  links: await all("#answer a", "textContent"),
  marks: await all("#passages mark", "textContent"),
  passages: (await all("#passages li", "id")).length,
  facts: await text("#facts"),
  streamed: paths.some((path) => path.endsWith("/_generate/stream")),
});

const QUESTION = "What is the hardest mineral of the hill?";

const scenarios = {
  load: async () => {
    await open();
    return page.evaluate(() => ({
      title: document.title,
      index: document.getElementById("index").value,
      focus: document.activeElement.id,
    }));
  },
  answer: async () => {
    await answered("minerals", QUESTION);
    const found = await answer();
    await page.focus("#answer a");
    await page.keyboard.press("Enter");
    const focus = await page.evaluate(() => ({
      id: document.activeElement.id,
      current: document.activeElement.classList.contains("current"),
    }));
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    return { ...found, focus, back: await page.evaluate(() => document.activeElement.getAttribute("aria-label")) };
  },
  hostile: async () => {
    await answered("hostile", QUESTION);
    const { passages, marks } = await answer();
    return {
      passages,
      marks,
      texts: await all("#passages .body > *", "textContent"),
      sources: await all("#passages .source", "textContent"),
      elements: await page.$$eval("#passages .body *, #passages .source *", (elements) => elements.map(({ tagName }) => tagName)),
      hacked: await page.evaluate(() => "hacked" in window),
    };
  },
  markup: async () => {
    await answered("", "Write markup.", "markup");
    return { answer: await text("#answer"), elements: await page.$$eval("#answer *", (elements) => elements.length) };
  },
  unknownIndex: async () => {
    await ask("nowhere", QUESTION);
    await shown("#problem");
    const role = await page.$eval("#problem", (element) => element.getAttribute("role"));
    return { problem: await text("#problem"), role, violations: await axe() };
  },
  nothing: async () => {
    await answered("minerals", "Zebras?");
    return { hint: await text("#passages-hint"), ...(await answer()) };
  },
  stop: async () => {
    await ask("", "Go on.", "endless", "7000");
    await until(() => document.getElementById("answer").textContent.length > 100);
    await until(() => Number(document.getElementById("rate").textContent) > 0);
    await until(() => document.getElementById("queue-more").textContent.includes("1 running"));
    await until(() => document.querySelector("#trend polyline").getAttribute("points").includes(" "));
    const [rate, pages, trend] = [
      await text("#rate"),
      await text("#pages"),
      await page.$eval("#trend polyline", (line) => line.getAttribute("points")),
    ];
    await page.click("#cancel");
    await until(() => document.getElementById("queue-more").textContent.includes("0 running"));
    await until(() => document.getElementById("pages").textContent === "0");
    return { rate: Number(rate), pages: Number(pages), trend, facts: await text("#facts"), ttft: await text("#ttft") };
  },
  waiting: async () => {
    await open("?model=endless");
    await shown("#waiting");
    return { waiting: await text("#waiting"), elements: await page.$$eval("#waiting *", (elements) => elements.length) };
  },
  accessible: async () => {
    await answered("minerals", QUESTION);
    await page.click("summary");
    const light = await axe();
    await scheme("dark");
    return { light, dark: await axe() };
  },
  narrow: async () => {
    await page.setViewport(sizes.narrow);
    await answered("minerals", QUESTION);
    return page.evaluate(() => ({
      page: document.documentElement.scrollWidth,
      window: window.innerWidth,
      button: document.getElementById("submit").getBoundingClientRect().height,
    }));
  },
};

async function paint() {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewport(viewport);
    for (const value of ["light", "dark"]) {
      await scheme(value);
      await page.screenshot({ path: join(folder, `${scenario}-${size}-${value}.png`), fullPage: size === "narrow" });
    }
  }
}

try {
  const result = await scenarios[scenario]();
  if (folder) await paint();
  console.log(JSON.stringify({ result, complaints, others }));
} finally {
  await browser.close();
}
