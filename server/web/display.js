// The display in a browser: paired once by a code, then live over the websocket. What is up is
// decided in stage.js; here it is drawn, and silence is told within ten seconds.
//
// Settings stand in the address: ?lang=zh,en&distance=5&inches=43&counters=1,2&services=A&counter=3
// &voice=1&volume=80

import {EMPTY, FRESH_MS, RULES, heard, lastCalls, lit, passed} from "./stage.js";
import {Speaker} from "./voice.js";

const VERSION = 1, STALE_MS = 10000, BASE_MS = 250, CAP_MS = 5000, HEALTHY_MS = 20000;
const SIGHT = 0.01222, SIGN_MM = 50.8, SIGN_UP_TO_MM = 4570, SIGN_STEP = 3.2 / 305;
const FINAL = [4401, 4403];
const CAPITAL = 0.72;  // of the font's size
const SUPERSEDED = 4409;

const branch = decodeURIComponent(location.pathname.split("/")[2]);
const asked = new URLSearchParams(location.search);
const list = (name) => (asked.get(name) ?? "").split(",").filter(Boolean);
const bounded = (name, usual, least, most) => {
  const value = Number(asked.get(name) ?? usual);
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : usual;
};
const settings = {
  languages: list("lang").filter((one) => ["zh", "en"].includes(one)),
  distance: bounded("distance", 5, 1, 40),
  inches: bounded("inches", 43, 7, 200),
  counter: Number(asked.get("counter") ?? 0),
  counters: list("counters").map(Number),
  services: list("services"),
  voice: asked.get("voice") === "1",
  volume: bounded("volume", 80, 0, 100),
};
if (!settings.languages.length) settings.languages = ["zh", "en"];
const [lang] = settings.languages;

const kept = `lobby-display-${branch}`;
const at = (id) => document.getElementById(id);
const clock = () => Math.round(performance.now());

let words = {}, view = null, welcome = null, stage = EMPTY, socket = null, speaker = null;
let serverAt = null, heardAt = -Infinity, attempt = 0, over = "", reported = "", commands = 0;

const say = (key, values = {}, language = lang) =>
  (words[language]?.[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
const nameOf = (name, language = lang) =>
  (language === "zh" ? name.zh || name.en : name.en || name.zh) ?? "";
const now = () =>
  (serverAt === null ? null
    : serverAt + (clock() - heardAt) * (welcome?.rehearsal_rate ?? 1));

function local(moment, seconds = false) {
  const zone = welcome?.time_zone ?? "UTC";
  const options = {timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23"};
  if (seconds) options.second = "2-digit";
  const time = new Intl.DateTimeFormat("en-GB", options).format(moment);
  const day = (m) => new Intl.DateTimeFormat("en-CA",
    {timeZone: zone, month: "2-digit", day: "2-digit"}).format(m);
  return seconds || day(moment) === day(now() ?? moment) ? time : `${day(moment)} ${time}`;
}

// --- Readable: the height of a digit ------------------------------------------------------------

export function neededMm(metres) {
  const mm = metres * 1000;
  return Math.round(Math.max(SIGHT * mm, SIGN_MM + SIGN_STEP * Math.max(0, mm - SIGN_UP_TO_MM)));
}

function screenMm() {
  const {innerWidth: wide, innerHeight: high} = window;
  return (settings.inches * 25.4 * high) / Math.hypot(wide, high);
}

// Pixels of a digit: what the distance needs, or more where there is room. Widths are in em of a
// heavy sans-serif: the widest letter, three digits, the arrow, the gaps, the counter's digits.
function measure() {
  const [wide, high] = [window.innerWidth, window.innerHeight];
  const least = (neededMm(settings.distance) / screenMm()) * high;
  const digits = Math.max(1, ...(view?.counters ?? []).map((one) => String(one.id).length));
  const em = 0.98 + 3 * 0.6 + 0.55 + 0.5 + 0.6 * digits;
  const widest = (share) => (wide * share * CAPITAL) / em;
  const sign = settings.counter !== 0;
  const stacked = !sign && (high > wide || widest(0.6) < least);
  // Around a digit: the rest of its line, and the sentence below.
  const body = document.querySelector("main").clientHeight - 0.05 * Math.min(wide, high);
  const around = 0.075 * Math.min(wide, high), needs = least / CAPITAL + around;
  const there = stacked ? Math.max(body * 0.55, Math.min(body * 0.85, needs)) : body;
  const slots = sign ? 1 : Math.max(1, Math.min(3, Math.floor(there / needs)));
  const room = (there / slots - around) * CAPITAL;
  const pixels = Math.floor(Math.max(16, Math.min(widest(sign || stacked ? 0.95 : 0.6), room)));
  document.documentElement.style.setProperty("--number", `${pixels}px`);
  document.body.dataset.readable = String(pixels + 1 >= least);
  document.body.dataset.stacked = String(stacked);
  return slots;
}

const rules = () => ({
  ...RULES, slots: measure(),
  counters: settings.counter ? [settings.counter] : settings.counters,
});

// --- The websocket ------------------------------------------------------------------------------

function connect(first) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const began = clock();
  socket = new WebSocket(`${scheme}://${location.host}/ws`);
  socket.onopen = () => socket.send(JSON.stringify(first));
  socket.onmessage = (event) => take(JSON.parse(event.data));
  socket.onclose = (event) => {
    if (first.type === "Pair") return;
    if (FINAL.includes(event.code)) return unpaired(event.reason || say(`link.closed.${event.code}`));
    if (event.code === SUPERSEDED) over = say("link.closed.4409");
    if (over) return draw();
    attempt = clock() - began > HEALTHY_MS ? 0 : attempt + 1;
    const longest = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 10));
    setTimeout(hello, Math.random() * longest);
  };
}

function hello() {
  const key = readKey();
  if (!key) return unpaired("");
  at("pair").hidden = true;
  connect({type: "Hello", version: VERSION, ...key, language: lang, views: ["DisplayView"]});
}

function take(message) {
  heardAt = clock();
  switch (message.type) {
    case "Paired": return paired(message);
    case "Welcome":
      if (welcome && welcome.epoch !== message.epoch) view = null;
      welcome = message;
      reported = "";
      break;
    case "Heartbeat":
      if (welcome && message.epoch !== welcome.epoch) socket.close();
      break;
    case "DisplayView": {
      view = message;
      let news;
      [stage, news] = heard(stage, view, welcome?.epoch ?? "", clock(), rules());
      speaker?.heard(view, news);
      break;
    }
    case "Refused":
      if (socket.purpose === "pair" || message.code === "NotKnown") return unpaired(message.text);
      if (message.final) over = message.text;
      break;
    default:
  }
  if (message.at !== undefined && message.at >= (serverAt ?? 0)) serverAt = message.at;
  report();
  draw();
}

// Silence is silence: a connection that says nothing any more is hung up and dialled anew.
function watch() {
  const silent = clock() - heardAt;
  if (view && silent > STALE_MS && socket?.readyState === WebSocket.OPEN) socket.close();
  stage = passed(stage, clock(), rules());
  report();
  draw();
}

// --- Pairing ------------------------------------------------------------------------------------

function readKey() {
  try {
    return JSON.parse(localStorage.getItem(kept));
  } catch {
    return null;
  }
}

function unpaired(why) {
  localStorage.removeItem(kept);
  view = null;
  at("pair").hidden = false;
  at("pair-label").textContent = say("display.pair");
  at("pair-button").textContent = say("display.pair_button");
  at("pair-wrong").textContent = why;
  at("code").focus();
}

function pair(event) {
  event.preventDefault();
  const code = at("code").value.trim();
  if (!code) return;
  at("code").value = "";
  connect({type: "Pair", version: VERSION, code, branch, language: lang});
  socket.purpose = "pair";
}

function paired({station, secret, kind}) {
  if (kind !== "display") return unpaired(say("display.pair_kind"));
  localStorage.setItem(kept, JSON.stringify({station, secret}));
  hello();
}

// --- Voice --------------------------------------------------------------------------------------

function report() {
  const live = socket?.readyState === WebSocket.OPEN && welcome;
  const state = `${view?.day} ${speaker?.state}`;
  if (!speaker || !live || !view?.day || state === reported) return;
  reported = state;
  const id = `display-${welcome.station}-${Date.now().toString(36)}-${commands++}`.slice(0, 64);
  socket.send(JSON.stringify({type: "ReportVoice", id, day: view.day, state: speaker.state}));
}

function beginVoice() {
  speaker = new Speaker({branch, languages: settings.languages, volume: settings.volume,
    now: () => now() ?? 0, changed: () => { report(); draw(); }});
  at("sound").textContent = say("display.sound_on");
  at("sound").onclick = () => speaker.wake();
}

// --- Drawing ------------------------------------------------------------------------------------

function put(parent, tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  parent.append(made);
  return made;
}

// Nothing is drawn again that is the same: what reads the screen aloud would read it again.
function fill(id, key, build) {
  const place = at(id), said = JSON.stringify(key);
  if (place.dataset.key === said) return;
  place.dataset.key = said;
  place.replaceChildren();
  build(place);
}

function text(id, words) {
  if (at(id).textContent !== words) at(id).textContent = words;
}

function draw() {
  const stale = over !== "" || clock() - Math.max(heardAt, 0) > STALE_MS;
  document.body.dataset.state = !view ? "starting" : stale ? "stale" : "live";
  at("sound").hidden = !speaker || speaker.state !== "no_sound" || !at("pair").hidden;
  const asOf = stale && serverAt !== null ? say("display.as_of", {time: local(serverAt, true)}) : "";
  text("warning", over || asOf || (view?.read_only ? say("link.read_only") : ""));
  at("warning").hidden = !at("warning").textContent;
  if (!view) return text("notice", say(stale ? "link.state.stale" : "link.state.connecting"));
  text("name", nameOf(view.name));
  document.title = nameOf(view.name);
  text("clock", stale ? "" : local(now()).slice(-5));
  text("hours", view.opens === undefined || view.opens === null ? ""
    : say("display.hours", {opens: local(view.opens), closes: local(view.closes).slice(-5)}));
  drawFoot();
  if (settings.counter) return drawSign(stale);
  if (isNight()) return drawNight();
  document.body.dataset.view = "hall";
  drawCalls(stage.shown, stale);
  text("notice", stage.shown.length ? "" : say("display.quiet"));
  drawLast();
  drawLines();
}

const counterOf = (id) => view.counters.find((one) => one.id === id);

function drawCalls(shown, stale) {
  fill("calls", [lang, shown.map(({call}) => [call.id, call.counter])], (place) => {
    for (const {call} of shown) {
      const item = put(place, "li", "", call.long ? "long" : "");
      const called = put(item, "p", "", "called");
      put(called, "span", call.number);
      put(called, "span", "▶").setAttribute("aria-hidden", "true");
      put(called, "span", call.counter);
      const counter = counterOf(call.counter);
      put(item, "p", say("display.please",
        {number: call.number, counter: counter ? nameOf(counter.name) : call.counter}), "said");
    }
  });
  shown.forEach((one, n) => at("calls").children[n].classList.toggle("lit", !stale && lit(one, clock())));
}

function drawLast() {
  const young = view.calls.filter((call) => view.at - call.at < FRESH_MS).length;
  const calls = lastCalls(view, settings.counters).slice(0, Math.max(8, young));
  text("last-heading", say("display.last"));
  fill("last-calls", [lang, calls.map((call) => call.id)], (place) => {
    for (const call of calls) {
      const item = put(place, "li", `${call.number} ▶ ${call.counter}`);
      const counter = counterOf(call.counter);
      put(item, "small", `${counter ? nameOf(counter.name) : ""} ${local(call.at)}`);
    }
  });
}

function drawLines() {
  const services = view.services
    .filter((one) => !settings.services.length || settings.services.includes(one.id));
  text("lines-heading", say("display.line"));
  fill("services", [lang, services.map((one) => [nameOf(one.name), stateOf(one)])], (place) => {
    for (const one of services) {
      put(place, "dt", nameOf(one.name));
      put(place, "dd", stateOf(one));
    }
  });
}

function stateOf(service) {
  const status = say(`service_status.${service.status}`);
  if (service.status === "open" || service.status === "stopped" || service.waiting) {
    const waiting = say("display.waiting", {n: service.waiting});
    return service.status === "open" ? waiting : `${waiting}  ${status}`;
  }
  if (service.status === "too_early" && service.tickets_from) {
    return say("display.from", {time: local(service.tickets_from)});
  }
  return service.next_from ? say("display.next", {time: local(service.next_from)}) : status;
}

function drawSign(stale) {
  document.body.dataset.view = "sign";
  const counter = counterOf(settings.counter);
  if (!counter) return text("notice", say("display.no_counter"));
  const idle = counter.number
    ? [{call: {id: 0, number: counter.number, counter: counter.id}, since: -Infinity}] : [];
  const shown = stage.shown.length ? stage.shown : idle;
  drawCalls(shown, stale);
  text("notice", shown.length ? "" : `${nameOf(counter.name)} · ${say(`counter_state.${counter.state}`)}`);
}

function isNight() {
  if (!view.day) return true;
  const ended = ["over", "closed", "not_today"];
  return view.services.every((one) => ended.includes(one.status) && !one.waiting)
    && !view.counters.some((one) => one.number);
}

function drawNight() {
  document.body.dataset.view = "night";
  drawCalls([], false);
  const hours = view.opens ? `${local(view.opens)}–${local(view.closes).slice(-5)}` : "";
  text("notice", !view.day && hours ? say("screen.closed_now", {hours}) : say("display.closed"));
}

function drawFoot() {
  const turn = Math.floor(clock() / 10000);
  const language = settings.languages[turn % settings.languages.length];
  text("order", say("screen.calling_order", {}, language));
  at("order").lang = language;
  const messages = settings.languages.flatMap((one) => [
    ...(view.emergency ? [say("display.emergency", {}, one)] : []),
    ...(view.messages ?? []).map((message) => nameOf(message, one)),
  ]);
  text("message", messages.length ? messages[turn % messages.length] : "");
}

// --- The beginning ------------------------------------------------------------------------------

async function begin() {
  document.documentElement.lang = lang;
  words = await (await fetch("/display-files/words.json")).json();
  at("pair").addEventListener("submit", pair);
  if (settings.voice) beginVoice();
  draw();
  hello();
  setInterval(watch, 250);
  window.addEventListener("resize", draw);
}

window.lobby = {settings, measure, get stage() { return stage; }, get view() { return view; },
  get speaker() { return speaker; }};
begin();
