// Small charts, drawn as SVG: one series over the last minutes, its newest value in figures.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 300;
const HEIGHT = 56;

function svg(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

// What numbers look like: `count(12345)` is "12,345", `share(0.031)` is "3.1%".
const format = {
  count: (value) => whole.format(value),
  rate: (value) => (value > 0 && value < 100 ? fine : whole).format(value),
  share: (value) => `${(value > 0 && value < 0.1 ? fine : whole).format(value * 100)}%`,
};

// A round number that is no less than `value`: 1, 2, 5, 10, 20, 50 …
function roundedUp(value, least) {
  if (value <= least) return least;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value) * power;
}

class Chart {
  // `least`: what the scale ends at, at the least; `most`: and at the most, if it is known.
  constructor(title, show, { least, most }) {
    Object.assign(this, { title, show, least, most, values: [] });
    this.figure = element("figure", "chart");
    const caption = element("figcaption");
    this.now = element("span", "now");
    caption.append(element("span", "title", title), this.now);
    this.svg = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
    this.area = svg("path", { class: "area" });
    this.line = svg("path", { class: "line" });
    this.marks = svg("path", { class: "marks" });
    this.cursor = svg("path", { class: "cursor" });
    const grid = svg("path", { class: "grid", d: `M0 1H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT - 1}H${WIDTH}` });
    this.svg.append(grid, this.area, this.line, this.marks, this.cursor);
    this.top = element("span", "top");
    this.since = element("span");
    const axis = element("p", "axis");
    axis.append(this.since, this.top, element("span", "", "now"));
    this.figure.append(caption, this.svg, axis);
    this.svg.addEventListener("pointermove", (event) => this.#point(event));
    this.svg.addEventListener("pointerleave", () => this.#unpoint());
  }

  // `marks`: how many restarts there were, sample by sample. `samples`: how many fit.
  draw(values, marks, { samples, interval_ms }) {
    Object.assign(this, { values, samples, interval_ms });
    const highest = Math.max(0, ...values);
    const scale = Math.min(this.most ?? Infinity, roundedUp(highest, this.least));
    const y = (value) => HEIGHT - 1 - (Math.min(value, scale) / scale) * (HEIGHT - 2);
    const points = values.map((value, index) => `${this.#x(index).toFixed(1)} ${y(value).toFixed(1)}`);
    const line = points.length > 0 ? `M${points.join("L")}` : "";
    this.line.setAttribute("d", line);
    const first = this.#x(0).toFixed(1);
    this.area.setAttribute("d", line && `${line}L${WIDTH} ${HEIGHT}L${first} ${HEIGHT}Z`);
    this.marks.setAttribute("d", (marks ?? []).map((count, index) =>
      (count > 0 ? `M${this.#x(index).toFixed(1)} 0V${HEIGHT}` : "")).join(""));
    this.top.textContent = `top ${this.show(scale)}`;
    const minutes = Math.round((samples * interval_ms) / 60_000);
    this.since.textContent = `${minutes} min ago`;
    this.svg.setAttribute("aria-label",
      `${this.title}: now ${this.show(values.at(-1) ?? 0)}, at most ${this.show(highest)} in the last ${minutes} minutes`);
    if (!this.pointed) this.#say(values.length - 1);
  }

  // The newest sample is at the right edge, whether or not there are as many as fit.
  #x(index) {
    return WIDTH - ((this.values.length - 1 - index) * WIDTH) / (this.samples - 1);
  }

  #say(index) {
    this.now.textContent = index < 0 ? "–" : this.show(this.values[index]);
  }

  #point(event) {
    const { left, width } = this.svg.getBoundingClientRect();
    const part = (event.clientX - left) / width;
    const back = Math.round((1 - part) * (this.samples - 1));
    const index = this.values.length - 1 - back;
    if (!(index >= 0 && index < this.values.length)) return this.#unpoint();
    this.pointed = true;
    this.cursor.setAttribute("d", `M${this.#x(index).toFixed(1)} 0V${HEIGHT}`);
    const seconds = Math.round((back * this.interval_ms) / 1000);
    this.now.textContent = `${this.show(this.values[index])} · ${seconds} s ago`;
  }

  #unpoint() {
    this.pointed = false;
    this.cursor.setAttribute("d", "");
    this.#say(this.values.length - 1);
  }
}
