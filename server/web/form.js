// The form before the counter (免填单): what the service wants to know, filled in while waiting.
// First what becomes of it is said, then it is asked; what does not fit is said beside its field.
// What has been handed in is not shown again: whoever finds the phone reads nothing here.

import {fill, key, put} from "./drawing.js";

export class Form {
  constructor() {
    this.open = false;
    this.busy = false;
    this.typed = {};    // by field, also while the page is drawn in another language
    this.faults = {};
    this.told = "";
  }

  draw(place, page) {
    const {view, words} = page;
    const form = view.form ?? [], filled = (view.form_filled ?? []).length;
    const shown = [words.lang, form, filled, this.open, this.faults, this.told, this.busy];
    fill(place, form.length ? shown : null, (into) => {
      put(into, "h2", words.say("phone.form.heading"));
      put(into, "p", words.say("screen.privacy_form"), {className: "note"});
      if (filled) put(into, "p", words.say("phone.form.filled", {n: filled}), {className: "said"});
      put(into, "p", this.told, {className: "said", role: "status"});
      if (this.open) this.ask(into, form, page);
      else this.offer(into, filled, page);
    });
  }

  offer(into, filled, page) {
    const {words} = page;
    const row = put(into, "div", "", {className: "row"});
    const disabled = this.busy;
    key(row, words.say(filled ? "phone.form.again" : "phone.form.begin"), () => this.begin(page),
      {disabled, id: "form-begin"});
    if (filled) {
      key(row, words.say("phone.form.withdraw"), () => this.send(page, []),
        {disabled, id: "form-withdraw"});
    }
  }

  ask(into, fields, page) {
    const {words} = page;
    const form = put(into, "form", "", {noValidate: true, id: "form-asked"});
    for (const field of fields) this.field(form, field, words);
    const row = put(form, "div", "", {className: "row"});
    put(row, "button", words.say("phone.form.send"), {className: "first", disabled: this.busy});
    key(row, words.say("phone.form.later"), () => this.close(page), {disabled: this.busy});
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = fields.map(({id}) => ({field: id, value: (this.typed[id] ?? "").trim()}));
      const answers = given.filter(({value}) => value);
      if (answers.length) this.send(page, answers);
      else this.nothing(page);
    });
  }

  field(form, field, words) {
    const id = `form-${field.id}`, fault = this.faults[field.id], rule = hint(field, words);
    const name = words.name(field.label);
    const label = field.required ? words.say("phone.form.required", {label: name}) : name;
    put(form, "label", label, {htmlFor: id, className: "field"});
    const input = field.kind === "choice" ? choice(form, field, words)
      : put(form, "input", "", attributes(field));
    Object.assign(input, {id, name: field.id, value: this.typed[field.id] ?? ""});
    const described = [];
    if (rule) described.push(put(form, "p", rule, {id: `${id}-rule`, className: "note"}).id);
    if (fault) described.push(put(form, "p", fault, {id: `${id}-fault`, className: "wrong"}).id);
    if (described.length) input.setAttribute("aria-describedby", described.join(" "));
    if (fault) input.setAttribute("aria-invalid", "true");
    if (field.required) input.setAttribute("aria-required", "true");
    input.addEventListener("input", () => { this.typed[field.id] = input.value; });
  }

  begin(page) {
    Object.assign(this, {open: true, told: "", faults: {}});
    page.draw();
    document.querySelector("#form-asked input, #form-asked select")?.focus();
  }

  close(page) {
    Object.assign(this, {open: false, faults: {}});
    page.draw();
    document.getElementById("form-begin")?.focus();
  }

  // To send nothing would withdraw what was handed in before.
  nothing(page) {
    this.told = page.words.say("phone.form.nothing");
    page.draw();
    document.querySelector("#form-asked input, #form-asked select")?.focus();
  }

  async send(page, answers) {
    const withdraws = !this.open;
    Object.assign(this, {busy: true, told: page.words.say("link.pending")});
    page.draw();
    const reply = await page.order("FillForm", {answers});
    this.busy = false;
    if (reply.type === "Refused") this.refused(reply, page.words);
    else Object.assign(this, {open: false, typed: {}, faults: {},
      told: page.words.say(withdraws ? "phone.form.withdrawn" : "phone.form.sent")});
    page.draw();
    const first = document.querySelector("#form-asked [aria-invalid]");
    (first ?? document.getElementById("form-begin"))?.focus();
  }

  refused(reply, words) {
    this.faults = Object.fromEntries((reply.faults ?? []).map(({field, text}) => [field, text]));
    this.told = words.say("phone.refused", {text: reply.text});
  }
}

function choice(form, field, words) {
  const select = put(form, "select");
  put(select, "option", words.say("phone.form.choose"), {value: ""});
  for (const one of field.choices) put(select, "option", words.name(one.label), {value: one.id});
  return select;
}

// A number is typed as text: with commas, in any digits, and without a wheel that turns it.
function attributes(field) {
  const {kind, length_max: most, earliest, latest} = field;
  if (kind === "date") return {type: "date", min: earliest ?? "", max: latest ?? ""};
  const inputMode = kind === "number" ? "decimal" : "text";
  return {type: "text", autocomplete: "off", inputMode, maxLength: most ?? 24};
}

function hint({kind, length_min: shortest, least, most, earliest, latest}, words) {
  if (kind === "text") return shortest > 1 ? words.say("phone.form.at_least", {n: shortest}) : "";
  const [low, high] = kind === "number" ? [least, most] : [earliest, latest];
  if (low != null && high != null) return words.say("phone.form.between", {low, high});
  if (low != null) return words.say("phone.form.from", {low});
  return high != null ? words.say("phone.form.until", {high}) : "";
}
