// The pages in Airflow's frame: its theme, parts that load for themselves, and ways back into Airflow.
"use strict";

const THEME = "theme"; // where Airflow's interface keeps its own

function followTheme() {
  const chosen = localStorage.getItem(THEME);
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  if (window.parent === window) return;
  const { body, documentElement } = window.parent.document;
  const around = [body, documentElement].map((one) => window.parent.getComputedStyle(one).backgroundColor);
  const opaque = around.find((color) => color !== "rgba(0, 0, 0, 0)" && color !== "transparent");
  if (opaque) document.documentElement.style.setProperty("--paper", opaque);
  else document.documentElement.style.removeProperty("--paper");
}
followTheme();
addEventListener("storage", (event) => { if (event.key === THEME) setTimeout(followTheme, 100); }); // once the frame has changed

// Airflow's frame may not navigate the window around it, so its router gets the new address.
function openInAirflow(path) {
  const base = new URL("..", document.baseURI); // the interface, which may live under a path
  const url = new URL(path, base);
  if (window.parent === window) { location.assign(url); return; }
  window.parent.history.pushState({}, "", url);
  window.parent.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}

function filterQuery() {
  const form = document.getElementById("filter");
  return form ? new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")) : new URLSearchParams();
}

async function whyRefused(answer) {
  if (answer.status === 401) return "you are logged out";
  if (answer.status === 403) return "your role may not do this";
  const { detail } = await answer.json().catch(() => ({}));
  // Airflow shows the schema of a param below the sentence that says what is wrong.
  return typeof detail === "string" ? detail.split("\n\nFailed validating")[0] : detail ? JSON.stringify(detail) : `the web server answered ${answer.status}`;
}

async function load(part, offset = 0) {
  const url = new URL(part.dataset.part, document.baseURI);
  if ("filtered" in part.dataset) for (const [name, value] of filterQuery()) url.searchParams.set(name, value);
  if (offset) url.searchParams.set("offset", offset);
  const asked = (part.asked = (part.asked || 0) + 1); // an answer that a newer one has overtaken is not shown
  part.classList.add("loading");
  try {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(await whyRefused(answer));
    const html = await answer.text();
    if (asked === part.asked) part.innerHTML = html;
  } catch (error) {
    if (asked === part.asked) {
      part.textContent = `${part.id || part.dataset.part} could not be read: ${error.message}. Next: refresh the page, or see the web server's log.`;
      part.dataset.failed = "";
    }
  } finally {
    if (asked === part.asked) part.classList.remove("loading");
  }
}

function runOperations() {
  const parts = [...document.querySelectorAll("[data-part]")];
  parts.forEach((part) => load(part));
  const form = document.getElementById("filter");
  if (!form) return;
  let soon;
  const reload = () => parts.filter((part) => "filtered" in part.dataset).forEach((part) => load(part));
  form.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(reload, 300); });
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-offset]");
    if (button) load(document.getElementById(button.dataset.of), Number(button.dataset.offset));
    if (event.target.closest("[data-reload]")) { event.preventDefault(); parts.forEach((part) => load(part)); }
  });
}

function confOf(form) {
  const fields = new FormData(form);
  const whole = (name) => (fields.get(name) ? Number(fields.get(name)) : null);
  const symbols = fields.get("symbols").split(",").map((one) => one.trim()).filter(Boolean);
  return {
    from: fields.get("from").trim(),
    to: fields.get("to").trim(),
    symbols: symbols.length ? symbols : null,
    sources: fields.getAll("sources").length ? fields.getAll("sources") : null,
    intervals: fields.getAll("intervals"),
    order: fields.get("order"),
    max_credits: whole("max_credits"),
    max_minutes: whole("max_minutes"),
    dry_run: fields.has("dry_run"),
  };
}

async function api(path, method = "GET", body = undefined) {
  const base = new URL("..", document.baseURI);
  const answer = await fetch(new URL(`api/v2/${path}`, base), {
    method, credentials: "same-origin", headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await whyRefused(answer));
  return answer.json();
}

function runTrigger() {
  const form = document.getElementById("trigger");
  if (!form) return;
  const dag = form.dataset.dag, answer = document.getElementById("answer"), unpause = document.getElementById("unpause");
  const showConf = () => { document.getElementById("conf").textContent = JSON.stringify(confOf(form), null, 2); };
  showConf();
  form.addEventListener("input", showConf);
  api(`dags/${dag}`).then((found) => { unpause.hidden = !found.is_paused; }).catch((error) => { answer.textContent = `${dag}: ${error.message}.`; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const send = form.querySelector("button[type=submit]");
    send.disabled = true; // a second click is a second run
    answer.className = "quiet";
    answer.textContent = "Asking Airflow ...";
    try {
      const run = await api(`dags/${dag}/dagRuns`, "POST", { logical_date: null, conf: confOf(form) });
      if (!unpause.hidden && form.elements.unpause.checked) await api(`dags/${dag}`, "PATCH", { is_paused: false });
      openInAirflow(`dags/${dag}/runs/${encodeURIComponent(run.dag_run_id)}`);
    } catch (error) {
      answer.className = "bad";
      answer.textContent = `No run was started: ${error.message}.`;
      send.disabled = false;
    }
  });
}

document.addEventListener("DOMContentLoaded", () => { runOperations(); runTrigger(); });
