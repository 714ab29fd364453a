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
    const time = new Date(now()).toLocaleTimeString(document.documentElement.lang);
    link.textContent = fill(words[next], "time", time);
    refresh();
  }

  function signOfLife() {
    heard = performance.now();
    if (state !== "polling") become("live");
  }

  const stream = document.getElementById("stream");
  stream.addEventListener("htmx:sse:after:connection", (event) => {
    connection = event.detail.connection;
    newest = 0; // a restored server may count from further back
    signOfLife();
  });
  stream.addEventListener("htmx:sse:before:connection", (event) => {
    connection = event.detail.connection;
    if (connection.attempt > 0) become("lost");
  });
  stream.addEventListener("htmx:sse:before:message", (event) => {
    signOfLife();
    const { id, event: name } = event.detail.message;
    if (!name && !isNewer(Number(id))) event.preventDefault();
  });
  stream.addEventListener("heartbeat", (event) => { ahead = Number(event.detail.data) - Date.now(); });
  stream.addEventListener("htmx:sse:error", (event) => {
    if (event.detail.status === 401) location.reload();
    become("lost");
  });
  stream.addEventListener("htmx:sse:close", () => {
    become("lost");
    setTimeout(() => htmx.trigger(stream, "connect"), 1000);
  });

  // The first connection; later ones are the extension's work.
  const notConnected = (event) => {
    const status = event.detail.ctx?.response?.status;
    if (status === 401) return location.reload();
    if (status === 429) return poll();
    become("lost");
    setTimeout(() => htmx.trigger(stream, "connect"), 2000);
  };
  stream.addEventListener("htmx:response:error", notConnected);
  stream.addEventListener("htmx:error", notConnected);

  // A browser gives few connections to a host over HTTP/1.1: one page too many asks now and then instead.
  function poll() {
    stream.replaceWith(document.getElementById("polling").content.cloneNode(true));
    const element = document.getElementById("poll");
    element.addEventListener("htmx:before:swap", (event) => {
      heard = performance.now();
      become("polling");
      if (!isNewer(Number(event.detail.ctx.response.headers.get("guichet-seq")))) event.preventDefault();
    });
    const failed = (event) => {
      if (event.detail.ctx?.response?.status === 401) return location.reload();
      newest = 0;
      become("lost");
    };
    element.addEventListener("htmx:response:error", failed);
    element.addEventListener("htmx:error", failed);
    become("polling");
    htmx.process(document.body);
  }

  function watch() {
    if (state !== "connecting" && performance.now() - heard > SILENCE_MAX) {
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
    if (event.submitter) send(event.submitter.formAction);
  });

  async function send(address) {
    if (sending) return;
    sending = true;
    refresh();
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
    else if (!sending) say(button.querySelector(".hint")?.textContent ?? "");
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
      button.disabled = "refused" in button.dataset || left > 0 || sending || isLost();
    }
    desk.classList.toggle("lost", isLost());
    const waiting = Number(desk.querySelector("[data-waiting]")?.dataset.waiting ?? 0);
    document.title = waiting ? `(${waiting}) ${TITLE}` : TITLE;
  }

  document.addEventListener("htmx:after:swap", refresh);
  setInterval(() => { refresh(); watch(); }, 500);
  refresh();
  if (navigator.onLine === false) become("lost");
})();
