// SPDX-License-Identifier: Apache-2.0
// What was retrieved, with the cited places marked. Text from documents becomes text nodes, never markup.

const LONGEST_HEADING = 120;
const TITLE = /(^|[._])(title|name|headline|heading|subject)$/i;
/** A text that stands beside its field's name. */
const SHORT = 60;

export class PassagesView {
  #list;
  #count;
  #onNumber;
  #cards = new Map();
  /** The places that are cited, each by what it says. */
  #citations = new Map();

  /**
   * @param list where the passages stand
   * @param count where their number stands
   * @param onNumber called with a passage's number when somebody wants back to the answer
   */
  constructor(list, count, onNumber) {
    this.#list = list;
    this.#count = count;
    this.#onNumber = onNumber;
  }

  /** Nothing found yet. */
  clear() {
    this.#cards.clear();
    this.#citations.clear();
    this.#list.replaceChildren();
    this.#count.textContent = "";
  }

  /** The hits, in rank order. */
  show(hits, fields) {
    this.#list.replaceChildren();
    this.#cards.clear();
    for (const hit of hits) {
      const card = new Card(hit, fields, this.#onNumber);
      this.#cards.set(key(hit), card);
      this.#list.append(card.element);
      card.settle();
    }
    this.#count.textContent = hits.length === 0 ? "" : String(hits.length);
    for (const citation of this.#citations.values()) this.#mark(citation);
  }

  /** Places that support the answer; the same place may come again. */
  cite(citations) {
    for (const citation of citations) {
      const said = JSON.stringify(citation);
      if (this.#citations.has(said)) continue;
      this.#citations.set(said, citation);
      this.#mark(citation);
    }
  }

  #mark(citation) {
    this.#cards.get(key(citation))?.cite(citation);
  }

  /** Takes the reader to a passage by its number. */
  reveal(number) {
    for (const card of this.#cards.values()) {
      card.element.classList.toggle("current", card.number === number);
      if (card.number === number) card.reveal();
    }
  }
}

function key(at) {
  return JSON.stringify([at._index, at._id]);
}

class Card {
  element = document.createElement("li");
  number = null;
  #body = child(this.element, "div", "body");
  #texts = [];
  #number;
  #toggle;

  constructor(hit, fields, onNumber) {
    const texts = titleFirst(chosen(textsOf(hit._source ?? {}), fields).filter(({ value }) => value !== hit._id));
    const head = document.createElement("div");
    head.className = "head";
    this.element.prepend(head);
    this.#number = child(head, "a", "number");
    this.#number.href = "#answer";
    this.#number.hidden = true;
    this.#number.addEventListener("click", (event) => {
      event.preventDefault();
      onNumber(this.number);
    });
    const source = child(head, "p", "source");
    source.textContent = hit._score == null ? `${hit._index} / ${hit._id}` : `${hit._index} / ${hit._id} · ${hit._score.toFixed(2)}`;
    const heading = texts.length > 1 && texts[0].value.length <= LONGEST_HEADING && !texts[0].value.includes("\n");
    texts.forEach((text, at) => {
      const element = child(this.#body, heading && at === 0 ? "h3" : "p");
      if (at > (heading ? 1 : 0)) element.dataset.field = text.field;
      if (text.value.length <= SHORT) element.classList.add("short");
      element.dir = "auto";
      element.textContent = text.value;
      this.#texts.push({ ...text, element, ranges: [] });
    });
    if (texts.length === 0) child(this.#body, "p", "none").textContent = "This hit has no text.";
    this.#toggle = child(this.element, "button", "toggle");
    this.#toggle.type = "button";
    this.#toggle.hidden = true;
    this.#toggle.addEventListener("click", () => this.#open(!this.element.classList.contains("open")));
    this.element.tabIndex = -1;
  }

  /** Called when it stands in the page and has a height. */
  settle() {
    if (this.#body.scrollHeight > this.#body.clientHeight + 4) this.#open(false);
  }

  cite(citation) {
    this.number = citation.marker;
    this.element.id = `passage-${citation.marker}`;
    this.element.classList.add("cited");
    this.#number.hidden = false;
    this.#number.textContent = citation.marker;
    this.#number.title = "Back to the answer";
    this.#number.setAttribute("aria-label", `Passage ${citation.marker}, back to the answer`);
    const text = this.#texts.find(({ field }) => field === citation.field);
    if (!text) return;
    text.ranges.push([citation.start, citation.end]);
    mark(text);
    if (!this.#toggle.hidden) this.#open(true);
  }

  reveal() {
    this.element.focus({ preventScroll: true });
    const smooth = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    (this.#body.querySelector("mark") ?? this.element).scrollIntoView({ block: "center", behavior: smooth });
  }

  #open(open) {
    this.#toggle.hidden = false;
    this.#toggle.textContent = open ? "Show less" : "Show all";
    this.#toggle.setAttribute("aria-expanded", String(open));
    this.element.classList.toggle("open", open);
    if (open) {
      this.#body.tabIndex = 0;
    } else {
      this.#body.removeAttribute("tabindex");
      this.#body.scrollTop = 0;
    }
  }
}

/** Shows a text with its ranges marked; ranges that touch become one. */
function mark({ element, value, ranges }) {
  ranges.sort((a, b) => a[0] - b[0]);
  const parts = [];
  let at = 0;
  for (const [start, end] of ranges) {
    if (end <= at) continue;
    const from = Math.max(start, at);
    parts.push(value.slice(at, from));
    const marked = document.createElement("mark");
    marked.textContent = value.slice(from, end);
    parts.push(marked);
    at = end;
  }
  parts.push(value.slice(at));
  element.replaceChildren(...parts);
}

/** The strings of a source by the paths that citations have: `comments[2].text`, without a place in arrays of one. */
function textsOf(value, place = "") {
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => textsOf(item, value.length === 1 ? place : `${place}[${at}]`));
  }
  if (value !== null && typeof value === "object") {
    return Object.entries(value).flatMap(([name, item]) => textsOf(item, place === "" ? name : `${place}.${name}`));
  }
  return typeof value === "string" && value.trim() !== "" ? [{ field: place, value }] : [];
}

/** A field that is called a title leads, as long as it is one line. */
function titleFirst(texts) {
  const title = texts.find(({ field, value }) => TITLE.test(field) && value.length <= LONGEST_HEADING);
  return title === undefined ? texts : [title, ...texts.filter((text) => text !== title)];
}

/** The texts of these fields, in their order; all texts without fields. */
function chosen(texts, fields) {
  if (fields.length === 0) return texts;
  const inOrder = fields.flatMap((pattern) =>
    texts.filter(({ field }) => matches(pattern, field.replaceAll(/\[\d+\]/g, ""))),
  );
  return [...new Set(inOrder)];
}

function matches(pattern, path) {
  const [first, ...others] = pattern.split("*");
  if (others.length === 0) return path === first;
  let at = first.length;
  if (!path.startsWith(first)) return false;
  for (const part of others.slice(0, -1)) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = others.at(-1);
  return path.length - at >= last.length && path.endsWith(last);
}

function child(parent, tag, className) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  parent.append(element);
  return element;
}
