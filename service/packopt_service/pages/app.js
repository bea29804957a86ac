/* The page of orders, jobs and savings: three views, chosen by the address. */

import {startAsking} from "/static/ask.js";
import {byId, make} from "/static/dom.js";
import {get, showFault} from "/static/http.js";
import {openJobs, startJobs} from "/static/jobs.js";
import {startSavings} from "/static/savings.js";
import {startSource} from "/static/source.js";
import {startTexts} from "/static/texts.js";

const VIEWS = ["orders", "jobs", "savings"];

const showView = () => {
  const asked = location.hash.slice(1);
  if (asked && !VIEWS.includes(asked)) return;
  const view = asked || VIEWS[0];
  for (const name of VIEWS) byId(`view-${name}`).hidden = name !== view;
  for (const link of document.querySelectorAll("nav a[href^='#']")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (view === "jobs") openJobs();
};

const fillCatalogues = async (settings) => {
  const {versions} = await get("/v1/catalogues");
  const newest = new Map(versions.map((one) => [one.name, one]));
  for (const id of ["catalogue", "savings-catalogue", "savings-other"]) {
    byId(id).replaceChildren(...[...newest.values()].map((one) => make("option", {value: one.reference}, one.reference)));
    const usual = newest.get(settings.catalogue.split("@")[0]);
    if (usual) byId(id).value = usual.reference;
  }
};

const start = async () => {
  await startTexts();
  startSource();
  try {
    const settings = await get("/v1/pages/settings");
    startAsking(settings);
    startJobs(settings);
    startSavings(settings);
    await fillCatalogues(settings);
  } catch (fault) {
    showFault(byId("ask-problem"), fault);
  }
  addEventListener("hashchange", () => {
    showView();
    scrollTo(0, 0);
  });
  showView();
  document.documentElement.dataset.ready = "";
};

start();
