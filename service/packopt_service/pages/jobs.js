/* Jobs: what waits, what runs and how far it is, live, and what it came to. */

import {byId, make, save} from "/static/dom.js";
import {Problem, get, newKey, post, send, showFault} from "/static/http.js";
import {orderOf} from "/static/job_order.js";
import {fileSize, number} from "/static/shown.js";
import {text, whenSwitched, word} from "/static/texts.js";

const OPEN = ["queued", "running"];
const listed = new Map();
const streams = new Map();
let next = null;
let present = false;

/**
 * Make the list of jobs work.
 * @param {{jobs: boolean}} settings
 */
export const startJobs = (settings) => {
  present = settings.jobs;
  byId("jobs-more").addEventListener("click", () => more(next));
  whenSwitched(show);
};

/** Ask for the newest jobs, and follow those that are not done. */
export const openJobs = async () => {
  if (!present) {
    byId("jobs-status").textContent = text("jobs_absent");
    return;
  }
  listed.clear();
  await more("/v1/jobs?limit=20");
};

/**
 * Submit a job, and show it among the others.
 * @param {string} path
 * @param {{body: BodyInit, type: string}} given
 */
export const submitJob = async (path, given) => {
  if (given.type === "application/json") {
    throw new Problem(415, {detail: text("job_no_json")});
  }
  await post(path, given.body, given.type, newKey());
  location.hash = "#jobs";
  byId("jobs-status").textContent = text("job_sent");
};

const more = async (path) => {
  showFault(byId("jobs-problem"), null);
  try {
    const page = await get(path);
    next = page.next;
    for (const job of page.jobs) listed.set(job.job_id, job);
    show();
  } catch (fault) {
    showFault(byId("jobs-problem"), fault);
  }
};

const show = () => {
  if (!present) {
    byId("jobs-status").textContent = text("jobs_absent");
    return;
  }
  byId("jobs-more").hidden = !next;
  byId("jobs").replaceChildren(...[...listed.values()].map(card));
  if (!listed.size) byId("jobs-status").textContent = text("jobs_none");
  for (const job of listed.values()) if (OPEN.includes(job.state)) follow(job.job_id);
};

/* The stream ends after a minute and is opened again by the browser, from where it was. */
const follow = (id) => {
  if (streams.has(id)) return;
  const stream = new EventSource(`/v1/jobs/${id}/events`);
  streams.set(id, stream);
  const stop = () => {
    stream.close();
    streams.delete(id);
  };
  const news = (event) => {
    const job = JSON.parse(event.data);
    if (!listed.has(id)) return;
    listed.set(id, job);
    byId(`job-${id}`)?.replaceWith(card(job));
  };
  stream.addEventListener("progress", news);
  stream.addEventListener("end", (event) => {
    news(event);
    stop();
  });
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) stop();
  });
};

const card = (job) => {
  const {orders} = job.progress;
  const when = new Date(job.created).toLocaleString(document.documentElement.lang, {dateStyle: "medium", timeStyle: "short"});
  return make(
    "li", {class: `job ${job.state}`, id: `job-${job.job_id}`},
    make(
      "header", {},
      make("h2", {}, text(`job_${job.kind}`), " ", make("code", {}, job.job_id.slice(0, 8))),
      make("span", {class: `state ${job.state}`}, text(`state_${job.state}`)),
    ),
    make("p", {class: "quiet"}, [
      text("job_made", {when}), fileSize(job.upload_bytes), job.catalogue, job.policy,
      word("objective", job.objective), job.baseline,
    ].filter(Boolean).join(" · ")),
    progress(job, orders),
    job.waiting ? make("p", {class: "notice", lang: "en"}, job.waiting) : null,
    job.error ? make("p", {class: "notice", lang: "en"}, job.error) : null,
    verdicts(job),
    actions(job),
    orderOf(job),
  );
};

const progress = (job, {done, total}) => {
  if (!OPEN.includes(job.state) && !done) return null;
  const said = total === null ? text("job_reading") : text("job_progress", {done: number(done), all: number(total)});
  const label = text("job", {id: job.job_id.slice(0, 8)});
  const bar = total === null
    ? make("progress", {"aria-label": label})
    : make("progress", {max: Math.max(1, total), value: done, "aria-label": label});
  return make("div", {class: "progress"}, bar, make("span", {}, said));
};

const verdicts = (job) => {
  const told = Object.entries(job.verdicts).map(([verdict, n]) => `${text(`verdict_${verdict}`)}: ${number(n)}`);
  if (job.rejects) told.push(text("job_rejects", {n: number(job.rejects)}));
  return told.length ? make("p", {class: "verdicts"}, told.join(" · ")) : null;
};

const actions = (job) => {
  const buttons = [];
  const base = `/v1/jobs/${job.job_id}`;
  if (job.state === "succeeded") {
    if (job.kind === "savings" || job.kind === "suite") {
      buttons.push(make("a", {class: "button", href: `${base}/report`, target: "_blank", rel: "noopener"}, text("job_report")));
    }
    if (job.kind === "suite") {
      buttons.push(make("a", {class: "button", href: `${base}/catalogue`, download: ""}, text("job_catalogue")));
    }
    buttons.push(saver(text("job_results"), `${base}/results`, `results-${job.job_id.slice(0, 8)}`));
  }
  if (job.rejects) buttons.push(saver(text("job_rejects_file"), `${base}/rejects`, `rejects-${job.job_id.slice(0, 8)}`));
  if (OPEN.includes(job.state)) {
    buttons.push(button(text("job_cancel"), async () => {
      /* A job that has ended meanwhile stays, with its results. */
      const answer = await send(`${base}?if=open`, {method: "DELETE"});
      listed.set(job.job_id, await answer.json());
      show();
    }));
  }
  return buttons.length ? make("p", {class: "actions"}, ...buttons) : null;
};

const saver = (title, path, name) => button(`${title} (CSV)`, async () => {
  const answer = await send(path, {headers: {Accept: "text/csv"}});
  save(`${name}.csv`, await answer.blob(), "text/csv");
});

const button = (title, work) => make("button", {type: "button", class: "button", on: {click: async () => {
  showFault(byId("jobs-problem"), null);
  try {
    await work();
  } catch (fault) {
    showFault(byId("jobs-problem"), fault);
  }
}}}, title);
