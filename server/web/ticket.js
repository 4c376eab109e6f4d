// A ticket on the customer's phone. This module puts the page together: which parts there are, and
// what they are told. Each part is a module of its own and knows nothing of the connection but the
// `page` it is drawn with.

import {Alarm, drawAlarm} from "./alarm.js";
import {drawArrive} from "./arrive.js";
import {at, fill, key, put, text} from "./drawing.js";
import {drawBring, drawFacts, drawMessages, drawPapers} from "./facts.js";
import {Form} from "./form.js";
import {Keys} from "./keys.js";
import {Line} from "./line.js";
import {Notice} from "./notice.js";
import {drawRating} from "./rating.js";
import {Steps} from "./steps.js";
import {Words} from "./words.js";

const WATCH_MS = 500;
const ENDS = {gone: "text", elsewhere: "elsewhere", old: "old"};
const ENDED = ["done", "left", "given_up", "unserved"];

const line = new Line(location.pathname.split("/")[2], () => draw());
const alarm = new Alarm(() => draw());
const notice = new Notice(alarm), keys = new Keys(), form = new Form(), steps = new Steps();
let words = new Words(preferred());

// The parts, in the order of the page: the id of its place, and what draws into it.
const PARTS = [
  ["facts", drawFacts],
  ["arrive", drawArrive],
  ["messages", drawMessages],
  ["papers", drawPapers],
  ["form", (place, page) => form.draw(place, page)],
  ["rating", drawRating],
  ["bring", drawBring],
  ["alarm", drawAlarm],
  ["steps", (place, page) => steps.draw(place, page)],
  ["keys", (place, page) => keys.draw(place, page)],
];

function preferred() {
  const asked = new URLSearchParams(location.search).get("lang");
  const found = asked ?? remembered("lobby-language") ?? document.documentElement.lang;
  return found === "en" ? "en" : "zh";
}

// A browser may forbid a page to remember anything; then it forgets.
function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Nothing is lost but the choice.
  }
}

// --- Drawing ------------------------------------------------------------------------------------

// What the page is in: the ticket's state, or a shade of waiting that has words of its own.
function stateOf(view) {
  if (view.state !== "waiting") return view.state;
  if (view.absent) return "absent";
  if (view.held_until) return "held";
  return view.soon ? "soon" : "waiting";
}

function draw() {
  if (!words.sentences["phone.live"]) return;
  words.zone = line.welcome?.time_zone ?? document.body.dataset.zone;
  drawWarning();
  drawSettings();
  const {view} = line;
  const fresh = !line.stale;
  document.body.dataset.fresh = fresh || !view ? "yes" : "no";
  if (!view) return;
  const state = stateOf(view);
  const values = {
    number: view.number,
    counter: words.name(view.counter_name) || view.counter,
    places: view.reinstate_places,
    time: view.held_until ? words.time(view.held_until) : "",
  };
  const page = {
    view, words, state, fresh, alarm, draw,
    warning: at("warning").textContent,
    code: line.welcome?.short_code ?? "",
    live: !ENDED.includes(view.state),
    headline: words.say(`phone.state.${state}`, values),
    advice: words.say(`phone.advice.${state}`, values),
    order: (type, fields) => line.order(type, fields),
  };
  document.body.dataset.state = state;
  text(at("branch"), words.name(view.branch_name));
  text(at("your-number"), words.say("phone.your_number"));
  text(at("number"), view.number);
  text(at("service"), words.name(view.service_name));
  text(at("headline"), page.headline);
  text(at("advice"), page.advice);
  for (const [id, part] of PARTS) part(at(id), page);
  notice.draw(page);
  document.title = title(page);
}

function title({view, state, fresh, words: said}) {
  const values = {number: view.number, n: view.people_ahead, counter: view.counter,
    state: said.say(`phone.state.${state}`)};
  if (!fresh && state !== "called") return said.say("phone.title.old", values);
  const kind = ["soon", "called"].includes(state) ? state
    : state === "waiting" && view.people_ahead ? "waiting" : "other";
  return said.say(`phone.title.${kind}`, values);
}

// Above everything: how current the page is, and what can be done about it.
function drawWarning() {
  const time = words.time(line.at ?? Number(document.body.dataset.made), true);
  const strong = line.end !== "" || (line.view !== null && line.stale);
  at("warning").classList.toggle("strong", strong);
  const said = line.end ? words.say(`phone.gone.${ENDS[line.end]}`)
    : !line.view ? words.say("phone.connecting", {time})
    : words.say(line.stale ? "phone.not_current" : "phone.live", {time});
  fill(at("warning"), [said, line.end], (into) => {
    put(into, "span", said);
    if (line.end === "elsewhere") key(put(into, "p"), words.say("phone.gone.take_back"), takeBack);
    if (line.end === "old") key(put(into, "p"), words.say("phone.again"), () => location.reload());
  });
}

function drawSettings() {
  const large = document.documentElement.classList.contains("large");
  document.documentElement.lang = words.lang;
  text(at("size"), words.say(large ? "phone.usual_size" : "phone.larger"));
  at("size").setAttribute("aria-pressed", String(large));
  at("size").hidden = false;
  at("settings").setAttribute("aria-label", words.say("phone.settings"));
  const other = words.lang === "zh" ? "en" : "zh";
  Object.assign(at("language"), {lang: other, hreflang: other, href: `?lang=${other}`});
  text(at("language"), words.say("kiosk.other_language"));
}

// --- What is pressed ----------------------------------------------------------------------------

async function speak(event) {
  event.preventDefault();
  const next = new Words(words.lang === "zh" ? "en" : "zh");
  try {
    await next.load();
  } catch {
    return;  // no network: the page stays as it is
  }
  words = next;
  remember("lobby-language", words.lang);
  history.replaceState(null, "", location.pathname);
  line.language = words.lang;
  line.redial();  // refusals come in the language of the connection
  draw();
}

function takeBack() {
  line.end = "";
  line.redial();
}

function enlarge(large) {
  document.documentElement.classList.toggle("large", large);
  remember("lobby-large", large ? "yes" : "");
  draw();
}

// --- The beginning ------------------------------------------------------------------------------

async function begin() {
  line.language = words.lang;
  enlarge(remembered("lobby-large") === "yes");
  at("language").addEventListener("click", speak);
  at("size").addEventListener("click", () =>
    enlarge(!document.documentElement.classList.contains("large")));
  await words.load();
  line.dial();
  setInterval(() => { line.watch(); draw(); }, WATCH_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    line.hurry();
    if (alarm.context) alarm.stayLit();
    draw();
  });
  window.addEventListener("online", () => line.hurry());
  window.addEventListener("offline", () => line.redial());
}

window.phone = {line, alarm, notice, get words() { return words; }};
begin();
