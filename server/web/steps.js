// Letting others go first, or coming back later; and being ready again before that. How often and how
// far is the branch's to say, and stands in the view.

import {fill, key, put} from "./drawing.js";

const MINUTES = [5, 10, 15, 20, 30, 45, 60, 90, 120];

export class Steps {
  constructor() {
    this.said = "";
    this.busy = false;
  }

  draw(place, page) {
    const {view, words, fresh} = page, step = view.step_back;
    const offered = view.state === "waiting" && step && (step.can_end || step.left > 0);
    const shown = [words.lang, step, fresh, this.said, this.busy];
    fill(place, offered ? shown : null, (into) => {
      put(into, "h2", words.say(step.can_end ? "phone.steps.heading_held" : "phone.steps.heading"));
      const disabled = !fresh || this.busy;
      if (step.can_end) {
        key(into, words.say("phone.steps.ready"), () => this.order(page, "EndStepBack", {}),
          {disabled, id: "ready", className: "first"});
      } else {
        this.choice(into, page, "places", count(step.places_max), disabled);
        const minutes = MINUTES.filter((one) => one <= step.minutes_max);
        this.choice(into, page, "minutes", minutes.length ? minutes : [step.minutes_max], disabled);
        put(into, "p", words.say("phone.steps.left", {n: step.left}), {className: "note"});
      }
      put(into, "p", this.said, {className: "said", role: "status"});
    });
  }

  choice(into, page, name, values, disabled) {
    const {words} = page, id = `step-${name}`;
    put(into, "label", words.say(`phone.steps.${name}`), {htmlFor: id, className: "field"});
    const row = put(into, "div", "", {className: "row"});
    const select = put(row, "select", "", {id});
    for (const n of values) put(select, "option", words.say(`phone.steps.${name}_each`, {n}), {value: n});
    key(row, words.say(`phone.steps.${name}_go`), () =>
      this.order(page, "StepBack", {[name]: Number(select.value)}), {disabled, id: `${id}-go`});
  }

  async order(page, type, fields) {
    Object.assign(this, {busy: true, said: page.words.say("link.pending")});
    page.draw();
    const reply = await page.order(type, fields);
    this.busy = false;
    this.said = reply.type === "Refused" ? page.words.say("phone.refused", {text: reply.text}) : "";
    page.draw();
  }
}

const count = (most) => Array.from({length: most}, (_, n) => n + 1);
