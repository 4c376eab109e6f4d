// The rating of a service, until the end of the day: what the panel at the counter has asked in
// vain. Five scores in words and digits, for a bad one a reason, and a few words for who likes.

import {fill, put} from "./drawing.js";

const SCORES = [5, 4, 3, 2, 1], BAD_MAX = 2, COMMENT_MAX = 200;
const REASONS = ["long_wait", "attitude", "skill", "procedure", "premises", "other"];

export function drawRating(place, page) {
  const {view, words} = page, questions = view.questions ?? [];
  const open = questions.filter((one) => !one.rated);
  const thanks = questions.some((one) => one.rated);
  const said = [words.lang, open.map((one) => one.id), thanks];
  fill(place, questions.length ? said : null, (into) => {
    put(into, "h2", words.say("phone.rating.heading"));
    if (thanks) put(into, "p", words.say("phone.rating.thanks"), {className: "said", role: "status"});
    for (const one of open) drawForm(into, one, page);
    if (open.length) put(into, "p", words.say("phone.rating.unseen"), {className: "note"});
  });
}

function drawForm(into, question, page) {
  const {words} = page;
  const form = put(into, "form", "", {noValidate: true, id: `rate-${question.id}`});
  put(form, "p", words.say("phone.rating.at_counter",
    {counter: question.counter, time: words.time(question.at)}));
  drawChoices(form, "score", words.say("phone.rating.score"), SCORES, (score) =>
    words.say("phone.rating.choice", {score, label: words.say(`score.${score}`)}));
  const why = drawChoices(form, "reason", words.say("phone.rating.reason"), REASONS,
    (reason) => words.say(`rating_reason.${reason}`));
  why.hidden = true;
  form.addEventListener("change", () => { why.hidden = !isBad(form); });
  drawComment(form, `comment-${question.id}`, words);
  const told = put(form, "p", "", {className: "said", role: "alert"});
  put(form, "button", words.say("phone.rating.send"), {className: "first"});
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, question, told, page);
  });
}

function drawChoices(form, name, legend, values, label) {
  const set = put(form, "fieldset");
  put(set, "legend", legend);
  for (const value of values) {
    const line = put(set, "label", "", {className: "choice"});
    put(line, "input", "", {type: "radio", name, value});
    put(line, "span", label(value));
  }
  return set;
}

function drawComment(form, id, words) {
  put(form, "label", words.say("phone.rating.comment"), {htmlFor: id, className: "field"});
  put(form, "textarea", "", {id, name: "comment", rows: 3, maxLength: COMMENT_MAX,
    aria: {describedby: `${id}-note`}});
  put(form, "p", words.say("phone.rating.comment_note"), {id: `${id}-note`, className: "note"});
}

async function send(form, question, told, page) {
  const {words} = page, said = new FormData(form);
  if (!said.get("score")) {
    told.textContent = words.say("phone.rating.choose");
    return form.querySelector("input").focus();
  }
  const answer = {question: question.id, score: Number(said.get("score")),
    comment: said.get("comment").trim()};
  if (isBad(form) && said.get("reason")) answer.reason = said.get("reason");
  const button = form.querySelector("button");
  button.disabled = true;
  told.textContent = words.say("link.pending");
  const reply = await page.order("RateVisit", answer);
  if (reply.type !== "Refused") return;
  button.disabled = false;
  told.textContent = words.say("phone.refused", {text: reply.text});
}

const isBad = (form) => {
  const score = Number(new FormData(form).get("score"));
  return score > 0 && score <= BAD_MAX;
};
