// The operators' console: asks the server who waits, takes one caller at a time, shows what is said, sends what is
// written. The token lives in this tab's memory alone.

const EVERY_MS = 1500;
const NAMES = { caller: "Caller", warmline: "Warmline", operator: "You" };
const one = (name) => document.getElementById(name);
let token = "";
let taken = "";
let since = 0;
let waitingBefore = new Set();

async function ask(path, method = "GET", body = undefined) {
  const headers = { authorization: `Bearer ${token}` };
  if (body !== undefined) headers["content-type"] = "application/json";
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetch(`/v1/console${path}`, { method, headers, body: sent });
  const told = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(told.error || "the server refused"), { status: answer.status });
  return told;
}

function trouble(text) {
  one("message").textContent = text;
  one("message").hidden = !text;
}

function show(state) {
  document.body.dataset.state = state;
  one("unlock").hidden = state !== "locked";
  one("queue").hidden = state !== "queue";
  one("call").hidden = state !== "call";
}

function row(request) {
  const item = document.createElement("li");
  const about = document.createElement("p");
  about.textContent = `Level ${request.level}, ${request.language}${request.country ? `, ${request.country}` : ""}. ${request.summary}`;
  const take = document.createElement("button");
  take.type = "button";
  take.className = "take";
  take.textContent = "Take this caller";
  take.addEventListener("click", () => answer(request, "take"));
  const refuse = document.createElement("button");
  refuse.type = "button";
  refuse.textContent = "Refuse";
  refuse.addEventListener("click", () => answer(request, "refuse"));
  item.dataset.id = request.id;
  item.append(about, take, refuse);
  return item;
}

function list(waiting) {
  const names = new Set(waiting.map((request) => request.id));
  const held = [...one("waiting").children];
  for (const item of held) if (!names.has(item.dataset.id)) item.remove();
  const shown = new Set(held.map((item) => item.dataset.id));
  one("waiting").append(...waiting.filter((request) => !shown.has(request.id)).map(row));
  one("nobody").hidden = waiting.length > 0;
  document.title = waiting.length ? `(${waiting.length}) Warmline: operators' console` : "Warmline: operators' console";
  const fresh = [...names].some((name) => !waitingBefore.has(name));
  if (fresh || names.size !== waitingBefore.size) {
    one("status").textContent = waiting.length === 1 ? "One caller is waiting." : `${waiting.length || "No"} callers are waiting.`;
  }
  waitingBefore = names;
}

async function answer(request, what) {
  try {
    await ask(`/${request.id}/${what}`, "POST");
    trouble("");
    if (what === "refuse") return;
    taken = request.id;
    since = 0;
    one("captions").replaceChildren();
    one("about").textContent = request.summary;
    one("status").textContent = "You are with the caller.";
    show("call");
    one("words").focus();
  } catch (error) {
    trouble(error.message);
  }
}

function add(line) {
  const item = document.createElement("p");
  const who = document.createElement("b");
  who.textContent = NAMES[line.who];
  item.className = line.who;
  item.append(who, line.text);
  one("captions").append(item);
  one("captions").scrollTop = one("captions").scrollHeight;
  since = line.number;
}

function over(text) {
  taken = "";
  one("status").textContent = text;
  waitingBefore = new Set();
  show("queue");
  one("queue-title").tabIndex = -1;
  one("queue-title").focus();
}

async function look() {
  try {
    if (document.body.dataset.state === "call") {
      const told = await ask(`/${taken}?since=${since}`);
      told.captions.forEach(add);
      one("partial").textContent = told.partial ? `… ${told.partial}` : "";
      if (!told.open) over("The call is over.");
    } else if (document.body.dataset.state === "queue") {
      list((await ask("")).waiting);
    }
    trouble("");
  } catch (error) {
    // right after taking, the call may need a moment to hear of it
    if (error.status !== 404) trouble(error.status ? error.message : "The server cannot be reached; trying again.");
  }
}

one("unlock").addEventListener("submit", async (event) => {
  event.preventDefault();
  token = one("token").value;
  try {
    const told = await ask("");
    one("token").value = "";
    trouble("");
    show("queue");
    list(told.waiting);
    setInterval(look, EVERY_MS);
  } catch (error) {
    trouble(error.status === 401 ? "That is not the server's token." : "The server cannot be reached.");
  }
});

one("write").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = one("words").value.trim();
  if (!text) return;
  try {
    await ask(`/${taken}/say`, "POST", { text });
    one("words").value = "";
    await look();
  } catch (error) {
    trouble(error.message);
  }
});

one("words").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    one("write").requestSubmit();
  }
});

one("leave").addEventListener("click", async () => {
  try {
    await ask(`/${taken}/leave`, "POST");
  } catch {
    // it is over either way
  }
  over("You have left the call.");
});
