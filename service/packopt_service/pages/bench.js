/* The packing bench: an order comes in by scanner or keyboard, its parcels go out one by one. */

import {askOverride, startOverride} from "/static/bench_override.js";
import {showParcel, showPicture} from "/static/bench_parcel.js";
import {byId, make} from "/static/dom.js";
import {pressIn} from "/static/frame.js";
import {get, newKey, post} from "/static/http.js";
import {packageName, percent} from "/static/shown.js";
import {counted, startTexts, text, whenSwitched} from "/static/texts.js";

const STEPS = ["ArrowLeft", "ArrowRight", "Home", "End"];

/* The order on the bench; "at" is the parcel, from 0, "keys" what makes a repeated save the same. */
let bench = null;
let said = () => [text("bench_ready"), text("bench_ready_hint"), "idle"];
let counts = null;

const scan = byId("scan");

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
  whenSwitched(show);
  show();
  focusScan();
  await countAgain();
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
    say(() => [text("bench_ready"), text("bench_ready_hint"), "idle"]);
  } else if (STEPS.includes(event.key) && frame && !scan.value) {
    event.preventDefault();
    pressIn(frame, event.key);
  } else if (event.key.length === 1 && document.activeElement === document.body) {
    scan.focus();
  }
};

const open = async (id) => {
  putAway();
  let evidence;
  try {
    evidence = await get(`/v1/evidence?${new URLSearchParams({order: id})}`);
  } catch (fault) {
    say(fault.status === 404
      ? () => [text("bench_unknown", {id}), text("bench_unknown_hint"), "fault"]
      : () => [text("problem"), fault.message, "fault"]);
    return;
  }
  const {answer, catalogue} = evidence;
  const parcels = answer.parcels || [];
  if (!parcels.length) {
    say(() => [text("bench_nothing", {id}), text(`verdict_${answer.verdict}`), "fault"]);
    return;
  }
  bench = {
    id, parcels, at: 0, done: new Set(), keys: new Map(), unpacked: answer.unpacked || [],
    packages: catalogue.packages.map((row) => String(row.package_id)),
  };
  say(null);
  show();
  focusScan();
};

const putAway = () => {
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

const confirm = () => record({package_id: bench.parcels[bench.at].package_id});

const override = async () => {
  const parcel = bench.parcels[bench.at];
  const chosen = await askOverride(parcel, bench.at + 1, bench.packages);
  focusScan();
  if (chosen) await record(chosen);
};

const record = async (packing) => {
  const order = bench, at = order.at, parcel = order.parcels[at], n = at + 1;
  const body = JSON.stringify({parcel: n, ...packing});
  /* The same thing, sent again because the network was down, is recorded once. */
  if (!order.keys.has(body)) order.keys.set(body, newKey());
  say(() => [text("bench_saving"), "", "idle"]);
  try {
    await post(`/v1/packings?${new URLSearchParams({order: order.id})}`, body, "application/json", order.keys.get(body));
  } catch (fault) {
    say(() => [text("problem"), fault.message, "fault"]);
    return;
  }
  order.keys.delete(body);
  order.done.add(at);
  const next = order.parcels.findIndex((_, other) => !order.done.has(other));
  const recommended = parcel.package_id, used = packing.package_id;
  const key = used === recommended ? "bench_saved" : "bench_saved_other";
  const name = used === recommended ? packageName(parcel) : used;
  const saved = () => text(key, {id: order.id, n, package: name, recommended});
  say(() => (next < 0 ? [text("bench_done", {id: order.id}), saved(), "good"] : [saved(), "", "good small"]));
  if (next < 0) bench = null;
  else order.at = next;
  show();
  focusScan();
  await countAgain();
};

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
  showCounts();
};

const countAgain = async () => {
  try {
    counts = await get("/v1/packings/rates");
  } catch (fault) {
    say(() => [text("problem"), fault.message, "fault"]);
  }
  showCounts();
};

const showCounts = () => {
  if (!counts) return;
  byId("rates").textContent = counts.parcels ? text("rates", {
    parcels: counted("parcels", counts.parcels),
    overridden: counts.overridden.toLocaleString("en"),
    rate: `${percent(counts.override_rate)}\u00a0%`,
  }) : text("rates_none");
};

start();
