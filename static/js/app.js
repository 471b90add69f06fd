// Small comforts on top of pages that work without them. No dependency; nothing is evaluated.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// ---- Toasts: done, and gone after a while unless somebody is reading them.
const TOAST_MS = 8000;

function armToast(toast) {
  const shelf = $("#toasts");
  if (shelf && toast.parentElement !== shelf) shelf.append(toast);
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), TOAST_MS); };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("focusout", start);
  start();
}

function toast(text, kind = "") {
  const shelf = $("#toasts") ?? document.body;
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  box.textContent = text;
  shelf.append(box);
  armToast(box);
}

// ---- Dialogs: whatever htmx puts into #dialog is shown; data-dialog="id" opens one on the page.
function openDialog(dialog) {
  if (!dialog || dialog.open) return;
  // What was chosen from a menu goes with the menu: closing gives the focus back to the menu's button.
  const menu = document.activeElement?.closest(".menu-list[popover]");
  if (menu) {
    menu.hidePopover();
    $(`[popovertarget="${CSS.escape(menu.id)}"]`)?.focus();
  }
  dialog.showModal();
  // Where something is asked, typing begins at once; otherwise the button that closes it has the focus.
  $("input:not([type=hidden]), select, textarea", dialog)?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) { event.preventDefault(); openDialog(dialog); }
    return;
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  if (event.target instanceof HTMLDialogElement && event.target.open && outside(event, event.target)) {
    if (!event.target.hasAttribute("data-stay")) event.target.close();
  }
});

function outside(event, dialog) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right
    || event.clientY < box.top || event.clientY > box.bottom;
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "dialog" && event.detail.target.hasChildNodes()) {
    openDialog(event.detail.target);
    event.detail.target.scrollTop = 0;
  }
});
document.addEventListener("dialog:close", () => $$("dialog[open]").forEach((dialog) => dialog.close()));
document.addEventListener("toast", (event) => toast(event.detail.value ?? ""));
document.addEventListener("htmx:responseError", () => toast(document.body.dataset.failed, "is-bad"));
document.addEventListener("htmx:sendError", () => toast(document.body.dataset.offline, "is-bad"));
document.addEventListener("htmx:load", (event) => wire(event.detail.elt));

// ---- data-confirm="sentence" on a form or its button asks first, in our own dialog.
let confirmed = null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  const asker = event.submitter?.closest("[data-confirm]") ?? form.closest("[data-confirm]");
  if (asker && confirmed !== form) {
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(asker, () => { confirmed = form; form.requestSubmit(event.submitter); });
    return;
  }
  confirmed = null;
  if (form.method === "post") holdButtons(event);
}, true);

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  ask({ dataset: { confirm: event.detail.question } }, () => event.detail.issueRequest(true));
});

// ---- data-unsaved="sentence" on a form: leaving what was typed there asks first.
const unsaved = () => $("form[data-unsaved][data-typed]");

document.addEventListener("input", (event) => {
  event.target.closest("form[data-unsaved]")?.setAttribute("data-typed", "");
});
document.addEventListener("htmx:confirm", (event) => {
  const form = unsaved();
  if (!form || form.contains(event.detail.elt) || event.defaultPrevented) return;
  event.preventDefault();
  ask({ dataset: { confirm: form.dataset.unsaved } }, () => {
    form.removeAttribute("data-typed");
    event.detail.issueRequest(true);
  });
});
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status < 400) event.detail.elt.removeAttribute("data-typed");
});
addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });

// What is typed there while it is being saved is put into the form that comes back, and is unsaved.
let typedSent = null;
let typedSince = [];
let caret = null;

const heldBy = (box) => (box.type === "checkbox" ? box.checked : box.value);

function typed(form) {
  const boxes = $$("input[id]:not([type=hidden], [type=radio]), select[id], textarea[id]", form);
  return new Map(boxes.map((box) => [box.id, heldBy(box)]));
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest("form[data-unsaved]");
  if (form) typedSent = { form, boxes: typed(form) };
});
document.addEventListener("htmx:beforeSwap", () => {
  if (!typedSent?.form.isConnected) return;
  const { form, boxes } = typedSent;
  typedSince = [...typed(form)].filter(([id, held]) => boxes.has(id) && boxes.get(id) !== held);
  const box = document.activeElement;
  caret = form.contains(box) && box.selectionStart != null
    ? [box.id, box.selectionStart, box.selectionEnd] : null;
});
document.addEventListener("htmx:afterSwap", () => {
  const since = typedSince;
  typedSince = [];
  since.forEach(([id, held]) => {
    const box = document.getElementById(id);
    if (!box || heldBy(box) === held) return;
    if (box.type === "checkbox") box.checked = held;
    else box.value = held;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    if (caret?.[0] === id && box === document.activeElement) box.setSelectionRange(caret[1], caret[2]);
  });
});

function ask(asker, go) {
  const dialog = $("#confirm");
  if (!dialog) { go(); return; }
  const title = $("[data-title]", dialog);
  const button = $("[data-button]", dialog);
  title.textContent = asker.dataset.confirmTitle ?? title.dataset.title;
  $("[data-text]", dialog).textContent = asker.dataset.confirm;
  button.textContent = asker.dataset.confirmButton ?? button.dataset.button;
  button.classList.toggle("is-danger", asker.dataset.confirmDanger !== undefined);
  dialog.returnValue = "";
  dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") go(); }, { once: true });
  openDialog(dialog);
}

// A second click on a sent form does nothing; coming back with the back button frees it again.
// What htmx sends, and a form that answers with a file (data-again), are not held.
const HOLD_MS = 10000;

function holdButtons(event) {
  const form = event.target;
  if (form.target || form.hasAttribute("data-again")) return;
  setTimeout(() => {
    if (event.defaultPrevented) return;
    const buttons = $$("button:not([type=button])", form);
    if (event.submitter) buttons.push(event.submitter);
    buttons.forEach((button) => { button.setAttribute("aria-busy", "true"); });
    setTimeout(freeButtons, HOLD_MS);
  });
}

function freeButtons() {
  $$("button[aria-busy=true]").forEach((button) => button.removeAttribute("aria-busy"));
}
document.addEventListener("click", (event) => {
  if (event.target.closest("button[aria-busy=true]")) event.preventDefault();
});
addEventListener("pageshow", freeButtons);

// ---- Menus: the browser opens a popover; we put it under its button and walk it with arrows.
document.addEventListener("toggle", (event) => {
  const list = event.target;
  if (!list.matches?.(".menu-list[popover]") || event.newState !== "open") return;
  const button = $(`[popovertarget="${CSS.escape(list.id)}"]`);
  if (button) place(list, button);
}, true);

function place(list, button) {
  if (list.dataset.place === "up" && matchMedia("(width < 48rem)").matches) return;
  const gap = 4;
  const edge = 8;
  const from = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = list;
  const start = list.dataset.place === "start" ? from.left : from.right - width;
  const below = from.bottom + gap + height <= innerHeight - edge;
  const up = list.dataset.place === "up" || (!below && from.top > height);
  list.style.left = `${Math.max(edge, Math.min(start, innerWidth - width - edge))}px`;
  list.style.top = `${Math.max(edge, up ? from.top - gap - height : from.bottom + gap)}px`;
  list.classList.add("is-placed");
}

addEventListener("resize", closeMenus);
addEventListener("scroll", closeMenus, { passive: true });
function closeMenus() {
  $$(".menu-list:popover-open").forEach((list) => list.hidePopover());
}

document.addEventListener("keydown", (event) => {
  const list = event.target.closest?.(".menu");
  if (!list || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const items = $$(".menu-item:not([aria-disabled=true])", list);
  const at = items.indexOf(document.activeElement);
  const open = $(".menu-list:popover-open", list);
  if (!open) return;
  event.preventDefault();
  const step = event.key === "ArrowDown" ? 1 : -1;
  items[at < 0 && step < 0 ? items.length - 1 : (at + step + items.length) % items.length]?.focus();
});

// ---- "/" goes to the search box of the page.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = $("dialog[open] input[type=search]") ?? $("input[type=search]");
  if (search) { event.preventDefault(); search.focus(); search.select(); }
});

// ---- data-copy="text" copies it and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast(document.body.dataset.copied ?? "");
  } catch {
    toast(button.dataset.copy);
  }
});

// ---- Rows: [data-pick-all] takes the whole table, shift-click a range. After each change the
// table sends "picked" (bubbling), so that hx-trigger="picked delay:200ms" can keep it.
let lastPick = null;

document.addEventListener("click", (event) => {
  const box = event.target.closest("input.pick");
  const table = box?.closest("table, [data-picks]");
  if (!table) return;
  const picks = picksOf(table);
  if (box.hasAttribute("data-pick-all")) setAll(picks, box.checked);
  else if (box.hasAttribute("data-pick-group")) setAll(picksOf(box.closest("tbody") ?? table), box.checked);
  else if (event.shiftKey && picks.some(isLastPick)) {
    const [from, to] = [picks.findIndex(isLastPick), picks.indexOf(box)].sort((a, b) => a - b);
    setAll(picks.slice(from, to + 1), box.checked);
  }
  lastPick = box;
  showPicks(table);
  table.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const table = step && event.target.closest?.("input.pick")?.closest("table, [data-picks]");
  if (!table) return;
  const boxes = $$("input.pick", table).filter((box) => box.offsetParent);
  const next = boxes[boxes.indexOf(event.target) + step];
  if (next) { event.preventDefault(); next.focus(); }
});

// After a swap the row is another element with the same id.
function isLastPick(pick) {
  return pick === lastPick || (pick.id !== "" && pick.id === lastPick?.id);
}

function picksOf(root) {
  return $$("input.pick:not([data-pick-all], [data-pick-group], :disabled)", root);
}

function setAll(picks, checked) {
  picks.forEach((pick) => { pick.checked = checked; });
}

function showHead(head, picks) {
  const count = picks.filter((pick) => pick.checked).length;
  head.checked = count > 0 && count === picks.length;
  head.indeterminate = count > 0 && count < picks.length;
}

function showPicks(table) {
  const picks = picksOf(table);
  picks.forEach((pick) => pick.closest("tr, li")?.classList.toggle("is-picked", pick.checked));
  $$("[data-pick-all]", table).forEach((head) => showHead(head, picks));
  $$("[data-pick-group]", table).forEach((head) => showHead(head, picksOf(head.closest("tbody") ?? table)));
  const count = picks.filter((pick) => pick.checked).length;
  $$("[data-pick-count]").forEach((place) => { place.textContent = String(count); });
  $$("[data-pick-needs]").forEach((element) => { element.hidden = count === 0; });
}

// A tick made while the table is being swapped in anew is put back and sent, so none is lost.
let ticksSent = new Map();
let ticksSince = [];

function ticks() {
  return new Map($$("input.pick[id]").map((pick) => [pick.id, pick.checked]));
}

document.addEventListener("htmx:beforeRequest", () => { ticksSent = ticks(); });
document.addEventListener("htmx:beforeSwap", () => {
  ticksSince = [...ticks()].filter(([id, checked]) => ticksSent.has(id) && ticksSent.get(id) !== checked);
});
document.addEventListener("htmx:afterSettle", () => {
  const lost = ticksSince
    .map(([id, checked]) => [document.getElementById(id), checked])
    .filter(([pick, checked]) => pick && pick.checked !== checked);
  ticksSince = [];
  if (lost.length === 0) return;
  lost.forEach(([pick, checked]) => { pick.checked = checked; });
  const table = lost[0][0].closest("table, [data-picks]");
  showPicks(table);
  table.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
});

// ---- data-submit on a select or checkbox sends its form when it changes (filters).
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submit]")) event.target.form?.requestSubmit();
});

function wire(root) {
  $$("[data-toast]", root).forEach(armToast);
  $$("[data-pick-all]", root).forEach((head) => showPicks(head.closest("table, [data-picks]")));
}

wire(document);
