// SPDX-License-Identifier: Apache-2.0
// The answer while it grows. Text from the node becomes text nodes, never markup.

const MARKER = /\[(\d+(?:, \d+)*)\]/;
const MARKER_BEGUN = /\[[\d, ]*$/;

export class AnswerView {
  #element;
  #onCite;
  #cited = new Set();
  #held = "";

  /**
   * @param element where the answer stands
   * @param onCite called with a passage's number when somebody follows it
   */
  constructor(element, onCite) {
    this.#element = element;
    this.#onCite = onCite;
  }

  /** Nothing yet, and an answer is on its way. */
  begin() {
    this.#cited.clear();
    this.#held = "";
    this.#element.replaceChildren();
    this.#element.setAttribute("aria-busy", "true");
  }

  /** More text; the citations that it brings are known already. */
  append(text) {
    this.#held += text;
    for (let match = MARKER.exec(this.#held); match; match = MARKER.exec(this.#held)) {
      this.#text(this.#held.slice(0, match.index));
      this.#marker(match[0], match[1].split(", ").map(Number));
      this.#held = this.#held.slice(match.index + match[0].length);
    }
    const begun = MARKER_BEGUN.exec(this.#held);
    const certain = begun ? begun.index : this.#held.length;
    this.#text(this.#held.slice(0, certain));
    this.#held = this.#held.slice(certain);
  }

  /** The numbers that lead somewhere. */
  cite(citations) {
    for (const { marker } of citations) this.#cited.add(marker);
  }

  /** Takes the reader to where a passage is cited first. */
  reveal(number) {
    const link = this.#element.querySelector(`[href="#passage-${number}"]`);
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: "center" });
  }

  /** The answer is whole, or will not become so. */
  end() {
    this.#text(this.#held);
    this.#held = "";
    this.#element.setAttribute("aria-busy", "false");
  }

  #text(text) {
    if (text === "") return;
    const last = this.#element.lastChild;
    if (last instanceof Text) {
      last.appendData(text);
    } else {
      this.#element.append(text);
    }
  }

  #marker(text, numbers) {
    if (!numbers.every((number) => this.#cited.has(number))) {
      this.#text(text);
      return;
    }
    for (const number of numbers) {
      const link = document.createElement("a");
      link.className = "cite";
      link.href = `#passage-${number}`;
      link.textContent = number;
      link.setAttribute("aria-label", `Passage ${number}`);
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.#onCite(number);
      });
      this.#element.append(link);
    }
  }
}
