// What the customer can do beside waiting: leave the line (asked twice), call somebody, complain,
// and take the appointment into a calendar.

import {fill, key, put} from "./drawing.js";

const HERE = ["waiting", "called", "parked", "missed", "diverted"];

export class Keys {
  constructor() {
    this.asks = false;
    this.said = "";
    this.busy = false;
  }

  draw(place, page) {
    const {view, words, fresh} = page;
    const here = HERE.includes(view.state);
    const shown = [words.lang, view.state, view.number, here, fresh, this.asks, this.said, this.busy,
      view.complaint_phone, view.booked_at];
    fill(place, view.day ? shown : null, (into) => {
      put(into, "h2", words.say("phone.keys.heading"));
      if (this.asks && here) return this.sure(into, page);
      const row = put(into, "div", "", {className: "row"});
      const disabled = !fresh || this.busy;
      key(row, words.say("phone.keys.help"), () => this.call(page, "help"), {disabled, id: "help"});
      key(row, words.say("phone.keys.complaint"), () => this.call(page, "complaint"),
        {disabled, id: "complaint"});
      if (here) {
        key(row, words.say("phone.keys.leave"), () => this.ask(page, true), {disabled, id: "leave"});
      }
      if (view.booked_at && view.state === "waiting") {
        put(row, "a", words.say("phone.calendar"),
          {href: `${location.pathname}/appointment.ics`, className: "key", id: "calendar"});
      }
      put(into, "p", this.said, {className: "said", role: "status"});
      if (view.complaint_phone) {
        const href = `tel:${view.complaint_phone.replace(/[^0-9+*#]/g, "")}`;
        put(put(into, "p"), "a", words.say("phone.keys.telephone", {phone: view.complaint_phone}), {href});
      }
    });
  }

  sure(into, page) {
    const {view, words} = page;
    const group = put(into, "div", "", {role: "group", aria: {labelledby: "leave-sure"}});
    put(group, "p", words.say("phone.keys.leave_sure", {number: view.number}), {id: "leave-sure"});
    const row = put(group, "div", "", {className: "row"});
    key(row, words.say("phone.keys.leave_no"), () => this.ask(page, false), {id: "leave-no"}).focus();
    key(row, words.say("phone.keys.leave_yes"), () => this.leave(page), {id: "leave-yes"});
  }

  ask(page, asks) {
    Object.assign(this, {asks, said: ""});
    page.draw();
    if (!asks) document.getElementById("leave")?.focus();
  }

  async leave(page) {
    this.asks = false;
    await this.order(page, "LeaveLine", {}, "");
  }

  async call(page, wanted) {
    const done = wanted === "help" ? "helped" : "complained";
    await this.order(page, "RequestHelp", {wanted}, `phone.keys.${done}`);
  }

  async order(page, type, fields, done) {
    Object.assign(this, {busy: true, said: page.words.say("link.pending")});
    page.draw();
    const reply = await page.order(type, fields);
    const {words} = page;
    this.busy = false;
    if (reply.type === "Refused") this.said = words.say("phone.refused", {text: reply.text});
    else this.said = done ? words.say(done) : "";
    page.draw();
  }
}
