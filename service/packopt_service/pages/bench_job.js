/* Whose orders are packed: those that were answered at once, or those of one job. */

import {byId, make} from "/static/dom.js";
import {get} from "/static/http.js";
import {counted, currentLanguage, text} from "/static/texts.js";

const EVERY_MS = 60_000;
const WHEN = {day: "numeric", month: "short", hour: "2-digit", minute: "2-digit"};

let jobs = [];
let fault = null;

/** @returns {string} The job whose orders are packed, as the address says; empty for none. */
export const currentJob = () => new URLSearchParams(location.search).get("job") || "";

/**
 * Make the choice work. New jobs appear by themselves.
 * @param {() => void} changed Called when another job was chosen.
 */
export const startJobChoice = async (changed) => {
  byId("job").addEventListener("change", () => {
    const place = new URL(location.href);
    if (byId("job").value) place.searchParams.set("job", byId("job").value);
    else place.searchParams.delete("job");
    history.replaceState(null, "", place);
    changed();
  });
  setInterval(refreshJobs, EVERY_MS);
  await refreshJobs();
};

/** Ask which jobs there are. */
export const refreshJobs = async () => {
  try {
    [jobs, fault] = [await get("/v1/pages/jobs"), null];
  } catch (found) {
    fault = found;
  }
  /* A list that is open must not change under the finger. */
  if (document.activeElement !== byId("job")) showJobs();
};

/** Show them in the language of the page. */
export const showJobs = () => {
  const place = byId("job"), chosen = currentJob();
  const options = [make("option", {value: ""}, text("bench_at_once")), ...jobs.map(option)];
  if (chosen && !jobs.some((one) => one.job_id === chosen)) {
    options.push(make("option", {value: chosen}, text("job", {id: short(chosen)})));
  }
  place.replaceChildren(...options);
  place.value = chosen;
  byId("job-fault").textContent = fault ? fault.message : "";
};

const option = (job) => {
  const language = currentLanguage() === "zh" ? "zh-Hans" : "en-GB";
  const when = new Date(job.created).toLocaleString(language, WHEN);
  const orders = counted("orders", job.orders);
  return make("option", {value: job.job_id}, text("bench_job", {when, orders, id: short(job.job_id)}));
};

const short = (id) => id.slice(0, 8);
