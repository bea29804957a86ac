/* What a packer sees of a parcel: which package to take, and how to fill it. */

import {make} from "/static/dom.js";
import {listenIn} from "/static/frame.js";
import {mass, packageName, sides} from "/static/shown.js";
import {counted, currentLanguage, text, word} from "/static/texts.js";

/**
 * Show which package to take.
 * @param {HTMLElement} place
 * @param {object | null} bench The order on the bench.
 * @param {{confirm: () => void, override: () => void, go: (by: number) => void}} act
 */
export const showParcel = (place, bench, act) => {
  place.replaceChildren();
  place.hidden = !bench;
  if (!bench) return;
  const parcel = bench.parcels[bench.at], of = bench.parcels.length;
  const name = packageName(parcel);
  place.append(...[
    make(
      "div", {class: "which"},
      make(
        "p", {class: "named"},
        make("span", {class: "order-id"}, text("order", {id: bench.id})),
        make("b", {class: "nth"}, text("bench_parcel", {n: bench.at + 1, m: of}), bench.done.has(bench.at) ? " ✓" : ""),
      ),
      of > 1 ? turn("bench_previous", "‹", bench.at > 0, () => act.go(-1)) : null,
      of > 1 ? turn("bench_next", "›", bench.at < of - 1, () => act.go(1)) : null,
    ),
    make("p", {class: "take"}, text("bench_take")),
    make("p", {class: `package ${name.length > 6 ? "long" : ""}`}, name),
    make("p", {class: "size"}, [
      parcel.kind === "own_container" ? "" : word("kind", parcel.kind),
      `${sides(parcel.length_mm, parcel.width_mm, parcel.height_mm)}\u00a0mm`,
    ].filter(Boolean).join(" · ")),
    make("p", {class: "content"}, content(parcel)),
    bench.unpacked.length ? make("p", {class: "notice"}, text("bench_partial", {
      units: bench.unpacked.map((one) => `${one.sku} × ${one.qty}`).join(", "),
    })) : null,
    make(
      "div", {class: "decide"},
      big("primary", text("bench_confirm", {package: name}), "bench_confirm_key", act.confirm),
      big("secondary", text("bench_other"), "bench_other_key", act.override),
    ),
  ].filter(Boolean));
};

/**
 * Show the parcel in 3D.
 * @param {HTMLElement} place
 * @param {object | null} bench
 * @param {() => void} left Called when a finger has left the picture.
 */
export const showPicture = (place, bench, left) => {
  if (!bench) {
    place.replaceChildren();
    return;
  }
  const query = new URLSearchParams({order: bench.id, parcel: bench.at + 1, lang: currentLanguage(), place: "bench"});
  if (bench.job) query.set("job", bench.job);
  const src = `/v1/pages/parcel?${query}`;
  if (place.firstElementChild?.getAttribute("src") === src) return;
  const title = text("bench_picture", {n: bench.at + 1, id: bench.id});
  const frame = make("iframe", {src, title});
  /* After the click, since that may still move the focus. */
  const leave = () => setTimeout(left, 0);
  listenIn(frame, {click: leave, pointerup: leave});
  place.replaceChildren(frame);
};

const content = (parcel) => {
  const units = counted("units", parcel.units);
  if (parcel.gross_g === null) return text("bench_content_only", {units});
  return text("bench_content", {units, mass: mass(parcel.gross_g)});
};

const turn = (key, sign, enabled, act) => make(
  "button", {type: "button", class: "round", "aria-label": text(key), disabled: !enabled, on: {click: act}}, sign,
);

const big = (kind, said, key, act) => make(
  "button", {type: "button", class: `big ${kind}`, on: {click: act}},
  make("span", {}, said), " ", make("kbd", {"aria-hidden": "true"}, text(key)),
);
