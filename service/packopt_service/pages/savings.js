/* The form of a savings report: an order history, and what to compare it with. */

import {byId} from "/static/dom.js";
import {Problem, showFault} from "/static/http.js";
import {submitJob} from "/static/jobs.js";
import {typeOf} from "/static/source.js";
import {currentLanguage, text, whenSwitched} from "/static/texts.js";

/**
 * Make the form work.
 * @param {{savings: boolean}} settings
 */
export const startSavings = (settings) => {
  const form = byId("savings"), baseline = byId("savings-baseline");
  const adapt = () => { byId("savings-other-row").hidden = baseline.value !== "catalogue"; };
  const say = () => { byId("savings-status").textContent = settings.savings ? "" : text("savings_absent"); };
  baseline.addEventListener("change", adapt);
  byId("savings-language").value = currentLanguage();
  form.querySelector("button[type=submit]").disabled = !settings.savings;
  whenSwitched(say);
  say();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    showFault(byId("savings-problem"), null);
    byId("savings-status").textContent = text("asking");
    try {
      await submit(baseline.value);
    } catch (fault) {
      showFault(byId("savings-problem"), fault);
    }
    say();
  });
};

const submit = async (baseline) => {
  const [file] = byId("savings-file").files;
  if (!file) throw new Problem(0, {detail: text("savings_no_file")});
  const query = new URLSearchParams({
    catalogue: byId("savings-catalogue").value, language: byId("savings-language").value,
  });
  if (baseline === "catalogue") query.set("baseline_catalogue", byId("savings-other").value);
  else if (baseline) query.set("baseline", baseline);
  await submitJob(`/v1/savings?${query}`, {body: file, type: typeOf(file.name)});
};
