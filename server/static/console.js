// The desk's page: keys, presses, clocks, and what the connection is doing. What the desk shows comes
// from the server as HTML; no rule of the queue stands here.
"use strict";

(() => {
  const link = document.getElementById("link");
  const form = document.getElementById("act");
  const desk = document.getElementById("desk");
  const said = document.getElementById("said");
  const words = link.dataset;
  const TITLE = document.title;
  const SILENCE_MAX = 15_000; // the server gives a sign of life every 10 s
  const ANSWER_TIME_MAX = 8_000;

  let ahead = Number(words.now) - Date.now(); // the server's clock before ours
  let newest = Number(words.seq);
  let state = "connecting";
  let heard = performance.now();
  let connection = null;
  let sending = false;
  let unanswered = null;

  const now = () => Date.now() + ahead;
  const isLost = () => state === "lost";
  const fill = (text, gap, value) => text.replace(`{${gap}}`, value);

  // ---- What the connection is doing

  function become(next) {
    if (state === next) return;
    state = next;
    link.dataset.state = next;
    const time = new Date(now()).toLocaleTimeString(document.documentElement.lang, { timeZone: words.zone });
    link.textContent = fill(words[next], "time", time);
    refresh();
  }

  function signOfLife() {
    heard = performance.now();
    become("live");
  }

  const stream = document.getElementById("stream");
  let retry = 0;

  function connect() {
    htmx.ajax("GET", stream.dataset.address, { source: stream, target: desk, swap: "innerMorph" });
  }

  function connectLater() {
    become("lost");
    clearTimeout(retry);
    retry = setTimeout(connect, 1000);
  }

  // What a refusal of the stream means; false if trying again is all there is to do.
  function isFinal(status) {
    if (status === 401) location.reload();
    else if (status === 429) poll();
    else return false;
    return true;
  }

  for (const [name, react] of Object.entries({
    "htmx:sse:before:connection": (event) => {
      connection = event.detail.connection;
      if (connection.attempt > 0) become("lost");
    },
    "htmx:sse:after:connection": () => {
      newest = 0; // a restored server may count from further back
      signOfLife();
    },
    "htmx:sse:before:message": (event) => {
      signOfLife();
      const { id, event: name } = event.detail.message;
      if (name) return;
      unanswered = null; // the desk shows what became of it: the next press is a new one
      if (!isNewer(Number(id))) event.preventDefault();
    },
    "heartbeat": (event) => { ahead = Number(event.detail.data) - Date.now(); },
    // The first connection failed: there is nothing yet that would try again.
    "htmx:response:error": (event) => { isFinal(event.detail.ctx.response.status) || connectLater(); },
    "htmx:error": connectLater,
    // A later one was lost: the extension tries again.
    "htmx:sse:error": (event) => { isFinal(event.detail.status) || become("lost"); },
    "htmx:sse:close": () => { if (stream.isConnected) connectLater(); },
  })) stream.addEventListener(name, react);

  // A browser gives few connections to a host over HTTP/1.1: one page too many asks now and then instead.
  function poll() {
    if (!stream.isConnected) return;
    stream.remove();
    const element = document.getElementById("polling").content.firstElementChild.cloneNode(true);
    const failed = (event) => {
      if (event.detail.ctx?.response?.status === 401) location.reload();
      newest = 0;
      become("lost");
    };
    element.addEventListener("htmx:response:error", failed);
    element.addEventListener("htmx:error", failed);
    element.addEventListener("htmx:before:swap", (event) => {
      become("polling");
      if (!isNewer(Number(event.detail.ctx.response.headers.get("guichet-seq")))) event.preventDefault();
    });
    become("polling");
    desk.after(element);
    htmx.process(element);
  }

  function watch() {
    if (stream.isConnected && state !== "connecting" && performance.now() - heard > SILENCE_MAX) {
      become("lost");
      heard = performance.now();
      connection?.reader?.cancel(); // the extension connects anew
    }
  }
  addEventListener("offline", () => become("lost"));
  addEventListener("online", () => connection?.reader?.cancel());

  function isNewer(seq) {
    if (seq < newest) return false;
    newest = seq;
    return true;
  }

  // ---- What is pressed

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter && !sending) send(event.submitter);
  });

  async function send(button) {
    sending = true;
    const address = button.formAction;
    const focused = document.activeElement === button;
    // A press that got no answer is repeated as itself: whatever the server did is not done twice.
    const key = unanswered?.address === address ? unanswered.key : crypto.randomUUID();
    unanswered = { address, key };
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "HX-Request": "true", "Idempotency-Key": key },
        signal: AbortSignal.timeout(ANSWER_TIME_MAX),
      });
      if (answer.status < 500) unanswered = null;
      const elsewhere = answer.headers.get("hx-redirect");
      if (answer.status === 401) location.reload();
      else if (elsewhere) location.assign(elsewhere);
      else await show(await answer.text(), Number(answer.headers.get("guichet-seq")));
    } catch {
      say(words.noAnswer);
    } finally {
      sending = false;
      refresh();
      // What has focus must not vanish under the fingers: it passes to what is expected next.
      if (focused) (button.disabled ? desk.querySelector("button.primary:enabled") : button)?.focus();
    }
  }

  async function show(html, seq) {
    // An answer that was overtaken by the stream still brings its words.
    const target = isNewer(seq) ? desk : document.createElement("div");
    await htmx.swap({ sourceElement: desk, target, swap: "innerMorph", text: html });
  }

  function say(text) {
    const line = document.createElement("p");
    line.className = "said refused";
    line.textContent = text;
    said.replaceChildren(line);
  }

  // ---- Keys

  const shortcuts = document.getElementById("shortcuts");
  shortcuts.checked = localStorage.getItem("shortcuts") !== "off";
  const showShortcuts = () => document.body.classList.toggle("no-keys", !shortcuts.checked);
  shortcuts.addEventListener("change", () => {
    localStorage.setItem("shortcuts", shortcuts.checked ? "on" : "off");
    showShortcuts();
  });
  showShortcuts();

  document.addEventListener("keydown", (event) => {
    if (!shortcuts.checked || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (!/^[a-z]$/i.test(event.key)) return;
    const button = desk.querySelector(`button[aria-keyshortcuts="${event.key.toUpperCase()}"]`);
    if (!button) return;
    event.preventDefault();
    if (!button.disabled) form.requestSubmit(button);
    else if (isLost()) say(words.lostPress);
    else say(button.querySelector(".hint")?.textContent ?? "");
  });

  // ---- Clocks

  const pad = (number) => String(number).padStart(2, "0");

  function clock(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    const hours = Math.floor(seconds / 3600);
    const rest = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
    return hours ? `${hours}:${rest}` : rest;
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function refresh() {
    const time = now();
    for (const element of desk.querySelectorAll("[data-since]")) write(element, clock(time - element.dataset.since));
    for (const element of desk.querySelectorAll("[data-minutes-since]")) {
      write(element, `${Math.max(0, Math.floor((time - element.dataset.minutesSince) / 60_000))} min`);
    }
    for (const row of desk.querySelectorAll("[data-due]")) {
      row.classList.toggle("overdue", time > Number(row.dataset.due));
    }
    for (const button of desk.querySelectorAll("button[form=act]")) {
      const left = Math.ceil((Number(button.dataset.readyAt ?? 0) - time) / 1000);
      const hint = button.querySelector(".hint");
      if (hint) {
        hint.dataset.hint ??= hint.textContent;
        write(hint, left > 0 ? fill(words.inSeconds, "seconds", left) : hint.dataset.hint);
      }
      button.disabled = "refused" in button.dataset || left > 0 || isLost();
    }
    desk.classList.toggle("lost", isLost());
    const waiting = Number(desk.querySelector("[data-waiting]")?.dataset.waiting ?? 0);
    document.title = waiting ? `(${waiting}) ${TITLE}` : TITLE;
  }

  document.addEventListener("htmx:after:swap", refresh);
  setInterval(() => { refresh(); watch(); }, 500);
  link.textContent = words.connecting;
  refresh();
  connect();
})();
