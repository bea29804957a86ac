/* The packing bench: an order comes in by scanner or keyboard, its parcels go out one by one. */

import {askOverride, startOverride} from "/static/bench_override.js";
import {currentJob, showJobs, startJobChoice} from "/static/bench_job.js";
import {showParcel, showPicture} from "/static/bench_parcel.js";
import {forgetUnsaved, noteUnsaved, showUnsaved} from "/static/bench_unsaved.js";
import {byId, make} from "/static/dom.js";
import {pressIn} from "/static/frame.js";
import {get, newKey, post} from "/static/http.js";
import {packageName, percent} from "/static/shown.js";
import {counted, startTexts, text, whenSwitched} from "/static/texts.js";

const STEPS = ["ArrowLeft", "ArrowRight", "Home", "End"];

/* The order on the bench; "at" is the parcel, from 0, "keys" what makes a repeated save the same. */
let bench = null;
/* Grows with each order that comes and goes: an answer to an older one must not touch the screen. */
let turn = 0;
let said = () => [text("bench_ready"), text("bench_ready_hint"), "idle"];
let counts = null;
/* Why they are not known, and how often they were asked for. */
let uncounted = null;
let counting = 0;

const scan = byId("scan");
/* Whose own keys are none of a scanner's: what it types there is meant for the field. */
const NOT_TYPED_INTO = [document.body, byId("job")];

const start = async () => {
  await startTexts();
  startOverride();
  byId("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const id = scan.value.trim();
    scan.value = "";
    if (id) open(id);
    else if (bench) confirm();
  });
  document.addEventListener("keydown", press);
  /* A scanner types into whatever has the focus, so the field has it whenever nothing else needs it. */
  document.addEventListener("click", (event) => {
    if (!event.target.closest("a, button, input, select, textarea, dialog")) focusScan();
  });
  addEventListener("focus", focusScan);
  whenSwitched(() => {
    showJobs();
    show();
  });
  show();
  focusScan();
  await Promise.all([countAgain(), startJobChoice(() => {
    putAway();
    ready();
  })]);
  if (uncounted && !turn) say(() => [text("problem"), uncounted.message, "fault"]);
  document.documentElement.dataset.ready = "";
};

const focusScan = () => {
  if (!byId("override").open) scan.focus({preventScroll: true});
};

const press = (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || byId("override").open) return;
  const frame = document.querySelector("#picture iframe");
  if (event.key === "F2" && bench) {
    event.preventDefault();
    override();
  } else if (event.key === "PageUp" || event.key === "PageDown") {
    event.preventDefault();
    go(event.key === "PageUp" ? -1 : 1);
  } else if (event.key === "Escape") {
    scan.value = "";
    putAway();
    ready();
  } else if (STEPS.includes(event.key) && frame && document.activeElement !== byId("job") && !scan.value) {
    event.preventDefault();
    pressIn(frame, event.key);
  } else if (event.key === "Enter" && document.activeElement === byId("job")) {
    event.preventDefault();
    focusScan();
  } else if (event.key.length === 1 && event.key !== " " && NOT_TYPED_INTO.includes(document.activeElement)) {
    scan.focus();
  }
};

const ready = () => say(() => [text("bench_ready"), text("bench_ready_hint"), "idle"]);

const open = async (id) => {
  putAway();
  const mine = turn, job = currentJob();
  say(() => [text("bench_opening", {id}), job ? text("bench_opening_job") : "", "idle"]);
  let evidence;
  try {
    const place = job ? `/v1/jobs/${encodeURIComponent(job)}/evidence` : "/v1/evidence";
    evidence = await get(`${place}?${new URLSearchParams({order: id})}`);
  } catch (fault) {
    if (mine !== turn) return;
    const hint = job ? "bench_unknown_in_job" : "bench_unknown_hint";
    say(fault.status === 404
      ? () => [text("bench_unknown", {id}), text(hint), "fault"]
      : () => [text("problem"), fault.message, "fault"]);
    return;
  }
  if (mine !== turn) return;
  const {answer, catalogue} = evidence;
  const parcels = answer.parcels || [];
  if (!parcels.length) {
    say(() => [text("bench_nothing", {id}), text(`verdict_${answer.verdict}`), "fault"]);
    return;
  }
  bench = {
    id, job, parcels, at: 0, done: new Set(), keys: new Map(), saving: new Set(), saved: Promise.resolve(),
    unpacked: answer.unpacked || [], packages: catalogue.packages.map((row) => String(row.package_id)),
  };
  say(null);
  show();
  focusScan();
};

const putAway = () => {
  turn += 1;
  bench = null;
  show();
};

const go = (by) => {
  const at = bench ? bench.at + by : -1;
  if (!bench || at < 0 || at >= bench.parcels.length) return;
  bench.at = at;
  show();
  focusScan();
};

const confirm = () => record(bench, bench.at, {package_id: bench.parcels[bench.at].package_id});

const override = async () => {
  const order = bench, {at} = order;
  const chosen = await askOverride(order.parcels[at], at + 1, order.packages);
  focusScan();
  if (chosen) record(order, at, chosen);
};

/* Saves of an order follow each other: of what was done with a parcel, the last one counts. */
const record = (order, at, packing) => {
  const body = JSON.stringify({parcel: at + 1, ...packing});
  if (order.saving.has(body)) return;
  order.saving.add(body);
  if (order === bench) say(() => [text("bench_saving"), "", "idle"]);
  order.saved = order.saved.then(() => save(order, at, packing, body));
};

const save = async (order, at, packing, body) => {
  /* The same thing, sent again because the network was down, is recorded once. */
  if (!order.keys.has(body)) order.keys.set(body, newKey());
  const query = new URLSearchParams({order: order.id, ...(order.job ? {job: order.job} : {})});
  try {
    await post(`/v1/packings?${query}`, body, "application/json", order.keys.get(body));
  } catch (fault) {
    order.saving.delete(body);
    noteUnsaved({order, at, packing, fault});
    if (order === bench) say(null);
    tellUnsaved();
    return;
  }
  order.saving.delete(body);
  order.keys.delete(body);
  order.done.add(at);
  forgetUnsaved(order, at);
  tellUnsaved();
  if (order === bench) goOn(order, at, packing);
  await countAgain();
};

/* After a parcel of the order on the bench was saved; an order that comes late changes nothing. */
const goOn = (order, at, packing) => {
  const next = order.parcels.findIndex((_, other) => !order.done.has(other));
  const parcel = order.parcels[at], recommended = parcel.package_id, used = packing.package_id;
  const key = used === recommended ? "bench_saved" : "bench_saved_other";
  const name = used === recommended ? packageName(parcel) : used;
  const saved = () => text(key, {id: order.id, n: at + 1, package: name, recommended});
  if (next < 0) putAway();
  else if (order.at === at) order.at = next;
  say(() => (next < 0 ? [text("bench_done", {id: order.id}), saved(), "good"] : [saved(), "", "good small"]));
  show();
  focusScan();
};

const tellUnsaved = () => showUnsaved(byId("unsaved"), {
  again: ({order, at, packing}) => {
    record(order, at, packing);
    focusScan();
  },
  left: () => {
    tellUnsaved();
    focusScan();
  },
});

const say = (what) => {
  said = what;
  tell();
};

const tell = () => {
  const place = byId("told");
  place.replaceChildren();
  if (!said) return;
  const [title, more, kind] = said();
  place.append(make("div", {class: `saying ${kind}`}, make("p", {class: "title"}, title), more ? make("p", {}, more) : null));
};

const show = () => {
  tell();
  showParcel(byId("parcel"), bench, {confirm, override, go});
  showPicture(byId("picture"), bench, focusScan);
  tellUnsaved();
  showCounts();
};

const countAgain = async () => {
  const mine = counting += 1;
  let found = null, fault = null;
  try {
    found = await get("/v1/packings/rates");
  } catch (caught) {
    fault = caught;
  }
  if (mine !== counting) return;
  [counts, uncounted] = [found, fault];
  showCounts();
};

const showCounts = () => {
  const place = byId("rates");
  place.classList.toggle("fault", Boolean(uncounted));
  if (uncounted) place.textContent = uncounted.message;
  if (!counts) return;
  place.textContent = counts.parcels ? text("rates", {
    parcels: counted("parcels", counts.parcels),
    overridden: counts.overridden.toLocaleString("en"),
    rate: `${percent(counts.override_rate)}\u00a0%`,
  }) : text("rates_none");
};

start();
