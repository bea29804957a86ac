/* The steps of every parcel on the page. In the figure, what belongs to units says in its "meta" how
   much of its arrays one unit takes, so that the first n units are the beginning of each array. */
(() => {
"use strict";
const POINTS = ["x", "y", "z"];
const TRIANGLES = ["i", "j", "k", "facecolor", "hovertext"];
const UNITS = "edges", NEWEST = "newest";
let active = null;

const hasWebGL = () => {
  try {
    const canvas = document.createElement("canvas");
    return Boolean(canvas.getContext("webgl") || canvas.getContext("experimental-webgl"));
  } catch (error) {
    return false;
  }
};

/* A trace without what comes after the first n units. */
const beginning = (trace, n) => {
  if (!trace.meta) return trace;
  const cut = {...trace}, {points, triangles} = trace.meta;
  for (const name of POINTS) if (Array.isArray(trace[name])) cut[name] = trace[name].slice(0, n * points);
  for (const name of TRIANGLES) if (Array.isArray(trace[name])) cut[name] = trace[name].slice(0, n * triangles);
  if (trace.line && Array.isArray(trace.line.color)) {
    cut.line = {...trace.line, color: trace.line.color.slice(0, n * points)};
  }
  cut.visible = n > 0;
  return cut;
};

/* The outline of unit n, which is the one laid last. */
const outline = (trace, edges, n, shown) => {
  const cut = {...trace, visible: shown}, points = edges.meta.points;
  for (const name of ["x", "y", "z"]) cut[name] = edges[name].slice((n - 1) * points, n * points);
  return cut;
};

/* From where a parcel is seen. Plotly's own turning reckons ahead from how fast the hand moves, and
   so runs wild where frames are slow; here the parcel stays under the hand. */
class Look {
  constructor(scene, eye, changed) {
    this.distance = Math.hypot(eye.x, eye.y, eye.z);
    this.start = {turn: Math.atan2(eye.x, -eye.y), rise: Math.asin(eye.z / this.distance), zoom: 1};
    this.scene = scene;
    this.changed = changed;
    this.fingers = new Map();
    scene.addEventListener("pointerdown", (event) => this.down(event));
    scene.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      scene.addEventListener(name, (event) => this.fingers.delete(event.pointerId));
    }
    /* Without Ctrl the wheel scrolls the page; pinching a touch pad counts as with Ctrl. */
    scene.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.by({zoom: Math.exp(-event.deltaY / 300)});
    }, {passive: false});
    Object.assign(this, this.start);
  }

  get eye() {
    const flat = this.distance * Math.cos(this.rise);
    return {
      x: flat * Math.sin(this.turn), y: -flat * Math.cos(this.turn), z: this.distance * Math.sin(this.rise),
    };
  }

  home() {
    Object.assign(this, this.start);
    this.changed();
  }

  by({turn = 0, rise = 0, zoom = 1}) {
    this.turn += turn;
    this.rise = Math.max(-1.5, Math.min(1.55, this.rise + rise));
    this.zoom = Math.max(0.3, Math.min(8, this.zoom * zoom));
    this.changed();
  }

  down(event) {
    if (event.button !== 0) return;
    this.scene.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, {x: event.clientX, y: event.clientY});
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const span = this.span(), now = {x: event.clientX, y: event.clientY};
    this.fingers.set(event.pointerId, now);
    if (this.fingers.size > 1) {
      this.by({zoom: this.span() / span});
    } else {
      const half = Math.PI / this.scene.clientHeight;
      this.by({turn: (before.x - now.x) * half, rise: (now.y - before.y) * half});
    }
  }

  span() {
    const [one, two] = this.fingers.values();
    return two ? Math.max(1, Math.hypot(one.x - two.x, one.y - two.y)) : 1;
  }
}

class Parcel {
  constructor(section) {
    const find = (name) => section.querySelector(name);
    this.section = section;
    this.data = JSON.parse(find(".po-data").textContent);
    this.solid = find(".po-solid");
    this.flat = find(".po-flat");
    this.slider = find("input[type=range]");
    this.now = find(".po-now");
    this.playButton = find(".po-play");
    this.kindButton = find(".po-kind");
    this.lookButtons = find(".po-look");
    this.rows = [...section.querySelectorAll(".po-steps li")];
    this.pieces = [...this.flat.querySelectorAll("[data-step]")];
    this.step = this.data.steps;
    this.look = new Look(this.solid, this.data.figure.layout.scene.camera.eye, () => this.turn());
    this.plotted = false;
    this.wantsSolid = Boolean(window.Plotly) && hasWebGL();
    if (!this.wantsSolid) this.giveUpSolid();
    find(".po-previous").addEventListener("click", () => this.go(this.step - 1));
    find(".po-next").addEventListener("click", () => this.go(this.step + 1));
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.playButton.addEventListener("click", () => (this.timer ? this.pause() : this.play()));
    this.kindButton.addEventListener("click", () => this.choose(!this.wantsSolid));
    find(".po-left").addEventListener("click", () => this.look.by({turn: -Math.PI / 4}));
    find(".po-right").addEventListener("click", () => this.look.by({turn: Math.PI / 4}));
    find(".po-closer").addEventListener("click", () => this.look.by({zoom: 1.25}));
    find(".po-farther").addEventListener("click", () => this.look.by({zoom: 0.8}));
    find(".po-home").addEventListener("click", () => this.look.home());
    for (const row of this.rows) {
      row.querySelector("button").addEventListener("click", () => this.go(Number(row.dataset.step)));
    }
    section.addEventListener("pointerdown", () => { active = this; });
    section.addEventListener("focusin", () => { active = this; });
    /* Browsers keep few WebGL contexts: only what is near the window has one. */
    new IntersectionObserver((seen) => {
      this.near = seen[seen.length - 1].isIntersecting;
      this.draw();
    }, {rootMargin: "300px"}).observe(section);
    new ResizeObserver(() => this.plotted && this.draw()).observe(this.solid);
    this.tell();
  }

  go(step, playing = false) {
    if (!playing) this.pause();
    this.step = Math.max(0, Math.min(this.data.steps, step));
    this.tell();
    this.draw();
  }

  play() {
    if (this.step >= this.data.steps) this.go(0);
    this.playButton.textContent = this.data.pause;
    this.timer = setInterval(() => {
      this.go(this.step + 1, true);
      if (this.step >= this.data.steps) this.pause();
    }, 1100);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.playButton.textContent = this.data.play;
  }

  choose(solid) {
    this.wantsSolid = solid;
    this.draw();
  }

  /* Once for each frame, however often the hand moves. */
  turn() {
    if (this.turning || !this.plotted) return;
    this.turning = requestAnimationFrame(() => {
      this.turning = null;
      if (!this.plotted) return;
      const {camera, aspectratio} = this.seen();
      window.Plotly.relayout(this.solid, this.zoomed === this.look.zoom
        ? {"scene.camera": camera}
        : {"scene.camera": camera, "scene.aspectratio": aspectratio});
      this.zoomed = this.look.zoom;
    });
  }

  seen() {
    const {scene} = this.data.figure.layout, aspectratio = {};
    /* The scene is made for a window wider than high; a narrow one sees less at the sides. */
    const narrow = Math.min(1, 0.9 * this.solid.clientWidth / this.solid.clientHeight);
    for (const axis of ["x", "y", "z"]) {
      aspectratio[axis] = scene.aspectratio[axis] * narrow * this.look.zoom;
    }
    return {aspectratio, camera: {...scene.camera, eye: this.look.eye}};
  }

  giveUpSolid() {
    this.wantsSolid = false;
    this.failed = true;
    this.kindButton.hidden = true;
    this.section.querySelector(".po-no-webgl").hidden = false;
  }

  /* What is done in this step, in the slider, the text, the list and the isometric drawing. */
  tell() {
    const {steps, start} = this.data;
    this.slider.value = this.step;
    this.section.querySelector(".po-previous").disabled = this.step === 0;
    this.section.querySelector(".po-next").disabled = this.step === steps;
    this.now.textContent = start;
    for (const row of this.rows) {
      const step = Number(row.dataset.step), current = step > 0 && step === this.step;
      row.classList.toggle("po-later", step > this.step);
      row.classList.toggle("po-current", current);
      if (!current) { row.removeAttribute("aria-current"); continue; }
      row.setAttribute("aria-current", "step");
      this.sayRow(row);
      const list = row.parentElement;
      if (list.scrollHeight > list.clientHeight) {
        list.scrollTop = row.offsetTop - list.offsetTop - list.clientHeight / 2;
      }
    }
    for (const piece of this.pieces) {
      const step = Number(piece.dataset.step);
      piece.style.display = step > this.step ? "none" : "";
      piece.classList.toggle("latest", step > 0 && step === this.step);
    }
  }

  sayRow(row) {
    const [offsets, ...marks] = row.querySelectorAll(".po-what small, .po-what em");
    const head = document.createElement("b"), small = document.createElement("small");
    head.textContent = row.dataset.head;
    small.append(offsets.textContent, ...marks.map((mark) => mark.cloneNode(true)));
    this.now.replaceChildren(head, row.dataset.rest, small);
  }

  async draw() {
    const solid = this.wantsSolid;
    this.solid.hidden = !solid;
    this.flat.hidden = solid;
    this.lookButtons.hidden = !solid;
    this.kindButton.textContent = this.kindButton.dataset[solid ? "flat" : "solid"];
    if (!solid || !this.near) {
      if (this.plotted) { this.plotted = false; window.Plotly.purge(this.solid); }
      return;
    }
    try {
      await this.plot();
    } catch (error) {
      this.giveUpSolid();
      this.draw();
    }
  }

  async plot() {
    const {data, layout} = this.data.figure, n = this.data.given + this.step;
    const edges = data.find((trace) => trace.name === UNITS);
    const traces = data.map((trace) => (
      trace.name === NEWEST ? outline(trace, edges, n, this.step > 0) : beginning(trace, n)
    ));
    const first = !this.plotted;
    this.plotted = true;
    this.zoomed = this.look.zoom;
    const scene = {...layout.scene, ...this.seen(), dragmode: false};
    await window.Plotly.react(this.solid, traces, {...layout, scene, autosize: true}, {
      displayModeBar: false, responsive: true, scrollZoom: false,
    });
    if (!first) return;
    this.solid.on("plotly_webglcontextlost", () => { this.giveUpSolid(); this.draw(); });
  }
}

const MOVES = {
  ArrowLeft: (parcel) => parcel.step - 1,
  ArrowRight: (parcel) => parcel.step + 1,
  Home: () => 0,
  End: (parcel) => parcel.data.steps,
};
document.addEventListener("keydown", (event) => {
  const taken = event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented;
  if (taken || !active || !MOVES[event.key]) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  event.preventDefault();
  active.go(MOVES[event.key](active));
});

for (const section of document.querySelectorAll(".po-parcel:not([data-started])")) {
  section.dataset.started = "";
  const parcel = new Parcel(section);
  active = active || parcel;
}
})();
