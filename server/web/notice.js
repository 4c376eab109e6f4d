// "Soon" and the call take the whole screen, and ring, until somebody says that it was seen. Each
// is shown once: a call that is repeated is another one.

import {at, text} from "./drawing.js";

export class Notice {
  constructor(alarm) {
    this.alarm = alarm;
    this.seen = "";
    at("notice-seen").addEventListener("click", () => at("notice").close());
    at("notice").addEventListener("close", () => this.alarm.hush());
  }

  draw({view, words, state, headline, advice, fresh, warning}) {
    const box = at("notice");
    const wanted = state === "called" || state === "soon" ? state : "";
    const now = state === "called" ? `called:${view.called_at}` : wanted;
    if (!wanted) {
      if (view.state !== "waiting" || state === "held") this.seen = "";
      return box.open && box.close();
    }
    box.dataset.kind = wanted;
    text(at("notice-number"), view.number);
    text(at("notice-headline"), headline);
    text(at("notice-advice"), advice);
    text(at("notice-seen"), words.say("phone.understood"));
    text(at("notice-old"), fresh ? "" : warning);
    at("notice-old").hidden = fresh;
    // What has not been heard of for a while does not ring.
    if (this.seen === now || !fresh) return;
    this.seen = now;
    if (!box.open) box.showModal();
    this.alarm.ring(wanted);
  }
}
