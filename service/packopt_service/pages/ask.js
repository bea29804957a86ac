/* The form of orders: answered at once if they are few, as a job if they are many. */

import {clearAnswers, showAnswers} from "/static/answers.js";
import {byId} from "/static/dom.js";
import {Problem, post, showFault} from "/static/http.js";
import {submitJob} from "/static/jobs.js";
import {AT_ONCE, source} from "/static/source.js";
import {text} from "/static/texts.js";

/**
 * Make the form work.
 * @param {{orders_per_request: number, body_limit_bytes: number, jobs: boolean}} settings
 */
export const startAsking = (settings) => {
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    busily(() => ask(settings));
  });
  byId("ask-job").hidden = !settings.jobs;
  byId("ask-job").addEventListener("click", () => busily(() => askAsJob(asked())));
};

const busily = async (work) => {
  const buttons = [byId("ask-now"), byId("ask-job")], status = byId("ask-status");
  if (buttons[0].getAttribute("aria-disabled")) return;
  showFault(byId("ask-problem"), null);
  status.textContent = text("asking");
  buttons.forEach((button) => button.setAttribute("aria-disabled", "true"));
  try {
    await work();
    status.textContent = "";
  } catch (fault) {
    status.textContent = "";
    showFault(byId("ask-problem"), fault);
    byId("ask-problem").scrollIntoView({block: "nearest"});
  } finally {
    buttons.forEach((button) => button.removeAttribute("aria-disabled"));
  }
};

const asked = () => {
  const found = source();
  if (!found) throw new Problem(0, {detail: text("ask_empty")});
  return found;
};

const ask = async (settings) => {
  const given = asked();
  clearAnswers();
  if (!AT_ONCE.includes(given.type) || given.size > settings.body_limit_bytes) {
    await askAsJobIfAny(given, settings);
    return;
  }
  let read;
  try {
    read = await post("/v1/pages/orders", given.body, given.type);
  } catch (fault) {
    if (fault.status !== 413) throw fault;
    await askAsJobIfAny(given, settings);
    return;
  }
  const objective = byId("objective").value;
  const body = {catalogue: byId("catalogue").value, objective, evidence: true};
  const answer = read.orders.length ? await recommend({...body, orders: read.orders}) : nothing(body);
  showAnswers({...answer, objective, orders: read.orders, unread: read.rejects, said: read.notes});
};

/* With limited stock, evidence is to be had one by one only; the answers are told without it. */
const recommend = async (body) => {
  const type = "application/json";
  try {
    return {...await post("/v1/recommendations", JSON.stringify(body), type), evidence: true};
  } catch (fault) {
    if (!fault.errors?.some((one) => one.pointer === "/evidence")) throw fault;
    const plain = JSON.stringify({...body, evidence: false});
    return {...await post("/v1/recommendations", plain, type), evidence: false};
  }
};

const nothing = (body) => ({answers: [], catalogue: body.catalogue, engine: "packopt", notes: [], evidence: true});

const askAsJobIfAny = async (given, settings) => {
  if (!settings.jobs) {
    throw new Problem(0, {detail: text("ask_no_jobs", {n: settings.orders_per_request.toLocaleString("en")})});
  }
  await askAsJob(given);
};

const askAsJob = async (given) => {
  const query = new URLSearchParams({catalogue: byId("catalogue").value, objective: byId("objective").value});
  await submitJob(`/v1/jobs?${query}`, given);
};
