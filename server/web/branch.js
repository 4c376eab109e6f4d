// The branch's page while it is looked at: fetched anew now and then, and told for old when that
// fails. What was fetched is our own page; its text takes the place of the text that is here.

import {begin} from "./remote.js";

const EVERY_MS = 30000, SPREAD_MS = 10000, OLD_MS = 75000;
const at = (id) => document.getElementById(id);
let fetched = Date.now(), timer = 0;

async function look() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(location.href);
      if (answer.ok) take(await answer.text());
    } catch {
      // No network: the page says how old it is.
    }
  }
  tell();
  timer = setTimeout(look, EVERY_MS + Math.random() * SPREAD_MS);
}

function take(page) {
  const fresh = new DOMParser().parseFromString(page, "text/html").getElementById("live");
  if (!fresh) return;
  fetched = Date.now();
  if (fresh.textContent !== at("live").textContent) at("live").replaceWith(document.importNode(fresh, true));
}

// Waits are not shown as if they were of now when they are not.
function tell() {
  const old = Date.now() - fetched > OLD_MS;
  document.body.dataset.fresh = old ? "no" : "yes";
  at("warning").classList.toggle("strong", old);
  if (old) at("warning").textContent = at("live").dataset.old;
}

document.addEventListener("visibilitychange", () => {
  tell();
  if (document.visibilityState === "visible") look();
});
setInterval(tell, 1000);
timer = setTimeout(look, EVERY_MS);
begin();
window.branch = {look};
