/* One order of a job: its evidence is made when somebody asks, and the picture from it. */

import {make, save} from "/static/dom.js";
import {send, showFault} from "/static/http.js";
import {currentLanguage, text} from "/static/texts.js";

const LONGEST_NAME = 80;
const places = new Map();

/**
 * Where one order of a job is asked for. It stays the same however often the card around it is made
 * anew, so that nothing that is typed, waited for or told there is lost.
 * @param {{job_id: string, kind: string, state: string}} job
 * @returns {HTMLElement | null} None for jobs without evidence.
 */
export const orderOf = (job) => {
  if (job.state !== "succeeded" || job.kind !== "recommendations") return null;
  if (!places.has(job.job_id)) places.set(job.job_id, placeOf(job.job_id));
  const {form, show} = places.get(job.job_id);
  show();
  return form;
};

const placeOf = (job) => {
  const id = make("input", {type: "text", required: true, autocomplete: "off", spellcheck: "false"});
  const title = make("span");
  const evidence = make("button", {type: "submit", class: "button"});
  const view = make("button", {type: "button", class: "button"});
  const told = make("div", {class: "told", "aria-live": "polite"});
  let work = null, fault = null, blocked = null;

  const path = (what, more) => `/v1/jobs/${job}/${what}?${new URLSearchParams({order: id.value, ...more})}`;
  const show = () => {
    title.textContent = text("job_order");
    evidence.textContent = text(work === saveEvidence ? "job_order_working" : "download_evidence");
    view.textContent = text(work === openView ? "job_order_working" : "open_view");
    for (const one of [evidence, view]) one.disabled = Boolean(work);
    form.setAttribute("aria-busy", String(Boolean(work)));
    showFault(told, fault);
    if (work) told.append(make("p", {class: "status"}, text("job_order_reading")));
    if (blocked) told.append(make("p", {}, make("a", {href: blocked, target: "_blank", rel: "noopener"}, text("job_order_ready"))));
  };
  const saveEvidence = async () => {
    const name = `evidence-${id.value.slice(0, LONGEST_NAME)}.json`;
    const answer = await send(path("evidence"));
    save(name, await answer.blob(), "application/json");
  };
  /* Asked for before it is opened: what goes wrong is told here, and not by an empty tab. */
  const openView = async () => {
    const place = path("view", {lang: currentLanguage()});
    await (await send(place)).blob();
    const tab = window.open(place, "_blank");
    /* Browsers open nothing by themselves long after the click. */
    if (tab) tab.opener = null;
    else blocked = place;
  };
  const run = async (wanted) => {
    if (work || !id.reportValidity()) return;
    const focused = document.activeElement;
    [work, fault, blocked] = [wanted, null, null];
    show();
    try {
      await wanted();
    } catch (found) {
      fault = found;
    }
    work = null;
    show();
    /* A button that is disabled loses the focus. */
    if (document.activeElement === document.body && form.contains(focused)) focused.focus();
  };
  const form = make(
    "form", {on: {submit: (event) => {
      event.preventDefault();
      run(saveEvidence);
    }}},
    make("p", {class: "actions"}, make("label", {}, title, " ", id), evidence, view),
    told,
  );
  view.addEventListener("click", () => run(openView));
  return {form, show};
};
