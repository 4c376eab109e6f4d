// What textual-serve's script does not do: begin with the right font and size, come back by itself
// when the server or the program has gone, and keep the person at a kiosk on this page.
//
// It runs before that script, which makes a terminal of every .textual-terminal when the page has
// loaded, over one WebSocket that it shows to nobody: here is where the socket is watched.

"use strict";

(() => {
  const FONT = "'Roboto Mono', monospace"; // fonts.css gives this name to a font that is here
  const ELSEWHERE = 4001; // as in web/sessions.py
  const BEAT_MS = 4000;
  const SILENCE_MS = 9000; // a picture that nobody vouches for is not shown for longer
  const HEALTHY_MS = 30000;
  const WAIT_MS = 500;
  const WAIT_MAX_MS = 10000;
  const WHOLE_SCREEN_BYTES = 4000;

  const about = () => document.body.dataset;
  const show = (what) => { document.querySelector("#notice").dataset.shows = what; };
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

  // --- Coming back -----------------------------------------------------------------------------

  // Kept over a reload: which page this is, and how often it had to come back lately.
  const kept = sessionStorage;
  if (!kept.page) {
    kept.page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16)).join("");
    kept.tries = 0;
  }

  let lost = false;

  async function comeBack(code) {
    if (lost) return;
    lost = true;
    show(code === ELSEWHERE ? "elsewhere" : "away");
    for (;;) {
      const tries = Number(kept.tries);
      const most = Math.min(WAIT_MAX_MS, WAIT_MS * 2 ** Math.min(tries, 10));
      await sleep(most / 2 + Math.random() * most / 2);
      kept.tries = tries + 1;
      const state = await stateOfStation();
      if (state === "free") break;
      show(state === "taken" ? "elsewhere" : "away");
    }
    location.reload();
  }

  async function stateOfStation() {
    try {
      const answer = await fetch(`${about().path}/state?page=${kept.page}`, {
        cache: "no-store",
        signal: AbortSignal.timeout(SILENCE_MS),
      });
      return answer.ok ? (await answer.text()).trim() : "away";
    } catch {
      return "away";
    }
  }

  // --- The socket ------------------------------------------------------------------------------

  const Socket = window.WebSocket;

  window.WebSocket = class extends Socket {
    constructor(url) {
      super(`${url}&page=${kept.page}`);
      let heard = performance.now();
      let begun = false;
      const beat = setInterval(() => {
        if (performance.now() - heard > SILENCE_MS) {
          clearInterval(beat);
          this.close();
          comeBack(0); // the goodbye of a dead line may take a minute
        } else if (this.readyState === Socket.OPEN) {
          this.send(JSON.stringify(["ping", ""]));
        }
      }, BEAT_MS);
      this.addEventListener("message", (event) => {
        heard = performance.now();
        if (typeof event.data === "string") {
          event.stopImmediatePropagation(); // pongs, which that script would write to the console
          return;
        }
        matchGround(event.data);
        if (!begun) {
          begun = true;
          begin();
        }
      });
      this.addEventListener("close", (event) => {
        clearInterval(beat);
        comeBack(event.code);
      });
    }
  };

  // What is left of the window beside a round number of cells has the colour of most of the screen.
  function matchGround(drawn) {
    if (drawn.byteLength < WHOLE_SCREEN_BYTES) return;
    const often = new Map();
    let most = "";
    for (const [, colour] of new TextDecoder().decode(drawn).matchAll(/48;2;(\d+;\d+;\d+)/g)) {
      often.set(colour, (often.get(colour) ?? 0) + 1);
      if (often.get(colour) > (often.get(most) ?? 0)) most = colour;
    }
    if (most) document.body.style.background = `rgb(${most.replaceAll(";", " ")})`;
  }

  function begin() {
    show("nothing");
    setTimeout(() => { if (!lost) kept.tries = 0; }, HEALTHY_MS);
    const input = document.querySelector(".xterm-helper-textarea");
    if (about().typed === "no") input.inputMode = "none"; // no keyboard over the screen
    input.focus();
  }

  // --- Font and size ---------------------------------------------------------------------------

  // xterm puts the ideographic baseline on the lower edge of a cell. In a font that has one, the
  // tails of g and y hang below that edge, where the next row covers them: it is put higher.
  const drawing = CanvasRenderingContext2D.prototype;
  const fillText = drawing.fillText;
  drawing.fillText = function (text, x, y, ...more) {
    const hanging = this.textBaseline === "ideographic" ? this.measureText(text).fontBoundingBoxDescent : 0;
    return fillText.call(this, text, x, y - Math.round(hanging), ...more);
  };

  function fontSize() {
    const columns = Number(innerWidth >= innerHeight ? about().wide : about().upright);
    const context = document.createElement("canvas").getContext("2d");
    context.font = `100px ${FONT}`;
    const width = context.measureText("W").width / 100;
    return Math.max(8, Math.floor(innerWidth / columns / width));
  }

  document.addEventListener("DOMContentLoaded", () => {
    const start = window.onload; // of textual-serve's script
    window.onload = null;
    const terminal = document.querySelector("#terminal");
    document.querySelector("#here").addEventListener("click", () => location.reload());
    addEventListener("load", async (event) => {
      await Promise.all(["400", "700"].map((weight) => document.fonts.load(`${weight} 16px ${FONT}`, "W\u00b7")));
      terminal.dataset.fontSize = fontSize();
      terminal.dataset.sessionWebsocketUrl = `${location.origin.replace(/^http/, "ws")}${about().path}/ws`;
      start(event);
    });
  });

  // --- Nothing else happens here ---------------------------------------------------------------

  // That script takes addresses from the page's own: ours has none.
  if (location.search) history.replaceState(null, "", location.pathname);
  window.open = () => null; // it makes a link of every address on the screen
  for (const kind of ["contextmenu", "dragover", "drop"]) {
    addEventListener(kind, (event) => event.preventDefault());
  }
})();
