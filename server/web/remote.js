// On the branch's page: a number before coming, where the branch allows it. The connection is open for
// this one command only; then the ticket's own page takes over. One number for each phone.

const VERSION = 1, KEPT = "lobby-remote-ticket", PATIENCE_MS = 15000;
const OVER = ["done", "left", "given_up", "unserved"];
const at = (id) => document.getElementById(id);

function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    return kept && kept.day === at("remote").dataset.day ? kept.path : "";
  } catch {
    return "";
  }
}

function remember(path) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({path, day: at("remote").dataset.day}));
  } catch {
    // The page of the ticket is open all the same.
  }
}

// Whether the number this phone has may still be called. Nobody is kept from another by one that is
// over; where the server cannot be asked, the ticket's own page says so.
async function isGood(path) {
  try {
    const answer = await fetch(path);
    const state = /<body data-state="(\w+)"/.exec(await answer.text())?.[1];
    return answer.status !== 404 && !OVER.includes(state);
  } catch {
    return true;
  }
}

const hex = (bytes) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)),
  (byte) => byte.toString(16).padStart(2, "0")).join("");

// The answer of the server, or null without one. Asked once: an answer that was lost is not known
// to have been none, and the same number is not taken twice by asking again with the same id.
function ask(service, id) {
  const {branch, day} = at("remote").dataset, language = document.documentElement.lang;
  return new Promise((answered) => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`);
    const done = (reply) => { answered(reply); socket.close(); };
    setTimeout(() => done(null), PATIENCE_MS);
    socket.onopen = () => socket.send(JSON.stringify(
      {type: "Hello", version: VERSION, visitor: true, branch, language}));
    socket.onclose = () => answered(null);
    socket.onmessage = ({data}) => {
      const message = JSON.parse(data);
      if (message.type === "Welcome") {
        socket.send(JSON.stringify({type: "TakeRemoteTicket", id, day, service, language}));
      } else if (message.type === "Accepted" || message.type === "Refused") done(message);
    };
  });
}

async function take(event) {
  const key = event.target.closest("button[data-service]");
  if (!key) return;
  const told = at("remote-told"), kept = remembered();
  if (kept && await isGood(kept)) return location.assign(kept);
  key.dataset.id ??= `remote-${hex(13)}`;
  key.disabled = true;
  told.textContent = at("remote").dataset.pending;
  const reply = await ask(key.dataset.service, key.dataset.id);
  key.disabled = false;
  if (reply?.type === "Accepted" && reply.link) {
    const {pathname} = new URL(reply.link);
    remember(pathname);
    location.assign(pathname);
  } else {
    told.textContent = reply?.text ?? at("remote").dataset.failed;
    if (reply) delete key.dataset.id;
  }
}

export function begin() {
  if (!at("remote")) return;
  at("remote").hidden = false;
  document.addEventListener("click", take);
}
