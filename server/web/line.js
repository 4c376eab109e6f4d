// The connection of a ticket: says hello with the link's secret, keeps the newest view, sends what
// the customer wants until it is answered, and dials again when the connection is lost. How old the
// view is, and whether that is too old to be believed, is found out here too.

const VERSION = 1, STALE_MS = 10000, LOST_MS = 2000;
const SOON_MS = 1000, LATER_MS = 15000, HEALTHY_MS = 20000;
const NOT_KNOWN = 4401, NOT_ALLOWED = 4403, SUPERSEDED = 4409;

// Two clocks: one stands still while some phones sleep, the other can be set.
const clocks = () => [performance.now(), Date.now()];
const since = ([steady, wall]) => Math.max(performance.now() - steady, Date.now() - wall);

export class Line {
  // `changed` is called whenever there is something new to be shown.
  constructor(ticket, changed) {
    Object.assign(this, {ticket, changed, language: "zh", view: null, welcome: null, at: null});
    this.end = "";          // "gone": no such ticket; "elsewhere": three others are open; "old": reload
    this.attempt = 0;
    this.heard = null;      // when something was heard last
    this.lost = null;       // since when there is no connection
    this.wanted = new Map();
  }

  // Whether what is known must not be taken for what is.
  get stale() {
    if (!this.view || !this.heard || this.end) return true;
    return since(this.heard) > STALE_MS || (this.lost !== null && since(this.lost) > LOST_MS);
  }

  dial() {
    clearTimeout(this.timer);
    this.end = "";
    this.began = clocks();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`);
    this.socket = socket;
    const mine = (then) => (event) => { if (this.socket === socket) then(event); };
    socket.onopen = mine(() => this.send(
      {type: "Hello", version: VERSION, ticket: this.ticket, language: this.language}));
    socket.onmessage = mine((event) => this.take(JSON.parse(event.data)));
    socket.onclose = mine((event) => this.gone(event.code, event.reason));
  }

  // Hang up without waiting for the other side, which may be long gone, and dial anew.
  redial() {
    const old = this.socket;
    this.socket = null;
    old?.close();
    this.lost ??= clocks();
    this.welcomed = false;
    this.dial();
  }

  // Called now and then: a connection that says nothing is none.
  watch() {
    const quiet = this.heard === null ? since(this.began) : since(this.heard);
    if (!this.end && this.socket && quiet > STALE_MS && since(this.began) > STALE_MS) this.redial();
  }

  // The phone is looked at again, or has a network again: do not wait for the next attempt.
  hurry() {
    if (this.end || this.welcomed && since(this.heard) < STALE_MS) return;
    this.attempt = 0;
    this.redial();
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  // One command, sent again over new connections until it is answered; its answer.
  order(type, fields) {
    const id = `phone-${hex(13)}`;
    return new Promise((answered) => {
      const message = {type, id, day: this.view.day, visit: this.view.visit, ...fields};
      this.wanted.set(id, {message, answered});
      if (this.welcomed) this.send(message);
    });
  }

  take(message) {
    this.heard = clocks();
    if (message.at !== undefined) this.at = message.at;
    switch (message.type) {
      case "Welcome":
        if (this.welcome && this.welcome.epoch !== message.epoch) this.view = null;
        Object.assign(this, {welcome: message, welcomed: true, lost: null});
        for (const {message: one} of this.wanted.values()) this.send(one);
        break;
      case "Heartbeat":
        if (message.epoch !== this.welcome?.epoch) return this.redial();
        break;
      case "TicketView":
        this.view = message;
        break;
      case "Accepted":
      case "Refused":
        this.answer(message);
        break;
      default:
    }
    this.changed();
  }

  answer(reply) {
    const one = this.wanted.get(reply.id);
    if (!one) return;
    if (reply.retry_after_ms) {
      const again = () => { if (this.welcomed && this.wanted.has(reply.id)) this.send(one.message); };
      setTimeout(again, reply.retry_after_ms);
      return;
    }
    this.wanted.delete(reply.id);
    one.answered(reply);
  }

  gone(code, reason) {
    this.lost ??= clocks();
    this.welcomed = false;
    const ends = {[NOT_KNOWN]: "gone", [NOT_ALLOWED]: "old", [SUPERSEDED]: "elsewhere"};
    this.end = ends[code] ?? "";
    if (!this.end) {
      this.attempt = since(this.began) > HEALTHY_MS ? 0 : this.attempt + 1;
      // Thousands of phones lose their server at one moment, and must not come back so: one attempt
      // soon, for a network that had dropped, then so rarely that the stations come back before.
      const longest = this.attempt === 0 ? SOON_MS : LATER_MS;
      this.timer = setTimeout(() => this.dial(), later(reason) || Math.random() * longest);
    }
    this.changed();
  }
}

const later = (reason) => {
  try {
    return JSON.parse(reason).retry_after_ms ?? 0;
  } catch {
    return 0;
  }
};

const hex = (bytes) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)),
  (byte) => byte.toString(16).padStart(2, "0")).join("");
