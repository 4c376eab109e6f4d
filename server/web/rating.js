// The rating of a service, until the end of the day: what the panel at the counter has asked in
// vain. Five scores in words and digits; for a bad one a reason that may be left out.

import {fill, key, put} from "./drawing.js";

const SCORES = [5, 4, 3, 2, 1], BAD_MAX = 2, COMMENT_MAX = 200;
const REASONS = ["long_wait", "attitude", "skill", "procedure", "premises", "other"];

export class Rating {
  constructor() {
    this.sent = {};     // by question: what was said of it
  }

  draw(place, page) {
    const {view, words} = page;
    const open = (view.questions ?? []).filter((one) => !one.rated);
    const thanks = (view.questions ?? []).some((one) => one.rated);
    const said = open.map((one) => [one.id, this.sent[one.id] ?? ""]);
    fill(place, open.length || thanks ? [words.lang, said, thanks] : null, (into) => {
      put(into, "h2", words.say("phone.rating.heading"));
      if (thanks) put(into, "p", words.say("phone.rating.thanks"), {className: "said", role: "status"});
      for (const one of open) this.form(into, one, page);
      if (open.length) put(into, "p", words.say("phone.rating.unseen"), {className: "note"});
    });
  }

  form(into, question, page) {
    const {words} = page;
    const form = put(into, "form", "", {noValidate: true, id: `rate-${question.id}`});
    put(form, "p", words.say("phone.rating.at_counter",
      {counter: question.counter, time: words.time(question.at)}));
    const choices = (name, legend, values, label) => {
      const set = put(form, "fieldset");
      put(set, "legend", words.say(legend));
      for (const value of values) {
        const line = put(set, "label", "", {className: "choice"});
        put(line, "input", "", {type: "radio", name, value});
        put(line, "span", label(value));
      }
      return set;
    };
    choices("score", "phone.rating.score", SCORES, (score) =>
      words.say("phone.rating.choice", {score, label: words.say(`score.${score}`)}));
    const why = choices("reason", "phone.rating.reason", REASONS,
      (reason) => words.say(`rating_reason.${reason}`));
    why.hidden = true;
    form.addEventListener("change", () => { why.hidden = !(score(form) <= BAD_MAX); });
    const told = put(form, "p", this.sent[question.id] ?? "", {className: "said", role: "alert"});
    put(form, "button", words.say("phone.rating.send"), {className: "first"});
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(form, question, told, page);
    });
  }

  async send(form, question, told, page) {
    const {words} = page;
    if (!score(form)) {
      told.textContent = words.say("phone.rating.choose");
      return form.querySelector("input").focus();
    }
    const reason = score(form) <= BAD_MAX ? new FormData(form).get("reason") : null;
    form.querySelector("button").disabled = true;
    told.textContent = words.say("link.pending");
    const reply = await page.order("RateVisit",
      {question: question.id, score: score(form), ...(reason ? {reason} : {})});
    if (reply.type === "Refused") {
      form.querySelector("button").disabled = false;
      told.textContent = words.say("phone.refused", {text: reply.text});
    }
  }
}

const score = (form) => Number(new FormData(form).get("score") ?? 0);
