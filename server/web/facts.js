// What is known of the ticket's turn, and what to bring. Waits are shown only while they are true:
// of a page that is not current they are taken away.

import {fill, put} from "./drawing.js";

export function drawFacts(place, {view, words, fresh}) {
  const shown = fresh && view.state === "waiting" ? rows(view, words) : [];
  fill(place, shown.length ? [words.lang, shown] : null, (into) => {
    const list = put(into, "dl");
    for (const [name, value] of shown) {
      const pair = put(list, "div");
      put(pair, "dt", name);
      put(pair, "dd", value);
    }
    if (view.wait?.slipped) {
      put(into, "p", words.say(`wait_reason.${view.wait.slipped}`), {className: "note"});
    }
  });
}

function rows(view, words) {
  const found = [];
  const {people_ahead: n, wait} = view;
  if (typeof n === "number") {
    found.push([words.say("phone.ahead"),
      n ? words.say("phone.people", {n}) : words.say("phone.nobody_ahead")]);
  }
  if (wait) {
    found.push([words.say("phone.wait"), words.wait(wait)]);
    if (wait.until) {
      found.push([words.say("phone.promise"), words.say("wait.until", {time: words.time(wait.until)})]);
    }
  }
  return found;
}

export function drawBring(place, {view, words, live}) {
  const wanted = live ? (view.bring ?? []).map((one) => words.name(one)) : [];
  drawList(place, words, "phone.bring", wanted);
}

export function drawPapers(place, {view, words}) {
  const missing = view.missing_papers ?? [];
  drawList(place, words, "phone.papers", missing, words.say("phone.papers_next"));
}

export function drawMessages(place, {view, words, fresh}) {
  const said = fresh ? (view.messages ?? []).map((one) => words.name(one)) : [];
  if (view.emergency) said.unshift(words.say("display.emergency"));
  if (view.read_only) said.unshift(words.say("link.read_only"));
  drawList(place, words, "phone.message", said);
}

function drawList(place, words, heading, said, note = "") {
  fill(place, said.length ? [words.lang, said] : null, (into) => {
    put(into, "h2", words.say(heading));
    const list = put(into, "ul");
    for (const one of said) put(list, "li", one);
    if (note) put(into, "p", note, {className: "note"});
  });
}
