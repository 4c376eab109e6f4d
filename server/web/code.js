// From the number and the six digits on the paper to the ticket's page, for whoever cannot scan. The
// server is asked over the websocket, where wrong codes are counted, and tells the ticket's link.

const VERSION = 1, PATIENCE_MS = 8000;
const NUMBER = /^[A-Z]{0,2}[0-9]{1,6}$/, CODE = /^[0-9]{6}$/;
const at = (id) => document.getElementById(id);
const bare = (id) => at(id).value.replace(/\s/g, "").toUpperCase();

function ask() {
  const fields = at("find");
  const hello = {type: "Hello", version: VERSION, language: document.documentElement.lang,
    branch: at("find-branch")?.value ?? fields.dataset.branch, number: bare("find-number"),
    short_code: bare("find-code")};
  return new Promise((answered) => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`);
    const done = (answer) => { answered(answer); socket.close(); };
    socket.onopen = () => socket.send(JSON.stringify(hello));
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "Welcome" || message.type === "Refused") done(message);
    };
    socket.onerror = socket.onclose = () => done({type: "Lost"});
    setTimeout(() => done({type: "Lost"}), PATIENCE_MS);
  });
}

async function find(event) {
  event.preventDefault();
  const wrong = !NUMBER.test(bare("find-number")) ? "find-number"
    : !CODE.test(bare("find-code")) ? "find-code" : "";
  for (const id of ["find-number", "find-code"]) at(id).setAttribute("aria-invalid", String(id === wrong));
  if (wrong) {
    tell("wrong");
    return at(wrong).focus();
  }
  at("find-go").disabled = true;
  const answer = await ask();
  at("find-go").disabled = false;
  if (answer.type === "Welcome" && answer.link) location.assign(new URL(answer.link).pathname);
  else if (answer.code === "RateLimited") at("find-told").textContent = answer.text;
  else tell(answer.type === "Lost" ? "lost" : "wrong");
}

const tell = (what) => { at("find-told").textContent = at("find").dataset[what]; };

at("find").hidden = false;
at("find").addEventListener("submit", find);
