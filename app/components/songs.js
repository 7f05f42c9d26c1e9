// The list of songs as one element of the page: a plain HTML list, written by songs.py and compared
// row by row here, so that a new list costs the browser a few milliseconds instead of sixty widgets.
// What a listener does with a song goes back as the trigger "act": [what, track id].

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("ol.songs");
  const menu = parentElement.querySelector(".song-menu");
  list.send = (what, song) => setTriggerValue("act", [what, song.dataset.id]);
  if (!list.shown) {
    list.shown = [];
    list.addEventListener("click", (event) => clicked(event, list, menu));
    menu.addEventListener("click", (event) => chosen(event, list, menu));
    menu.addEventListener("keydown", (event) => moved(event, menu));
  }
  list.setAttribute("aria-label", data.label);
  if (menu.shown !== data.menu) menu.innerHTML = menu.shown = data.menu;
  show(list, data.rows);
}

// Exchange only the rows that changed; an open player goes on, and the keyboard stays in its place.
function show(list, rows) {
  const focus = list.contains(document.activeElement) ? document.activeElement : null;
  const place = focus && [...list.children].indexOf(focus.closest("li"));
  const act = focus?.dataset.act;
  rows.forEach((html, k) => {
    if (list.shown[k] === html) return;
    const row = document.createRange().createContextualFragment(html);
    k < list.children.length ? list.children[k].replaceWith(row) : list.append(row);
  });
  while (list.children.length > rows.length) list.lastElementChild.remove();
  bring(list);
  list.shown = [...rows];
  if (focus && !focus.isConnected) {
    const row = list.children[Math.min(place, rows.length - 1)];
    row?.querySelector(act ? `[data-act="${act}"]` : "a")?.focus();
  }
}

// A player that was just opened, perhaps by a click on the map far below, comes into sight.
function bring(list) {
  const row = list.querySelector("li:has(iframe)");
  if (row && row.dataset.id !== list.playing) {
    row.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
  list.playing = row?.dataset.id;
}

function clicked(event, list, menu) {
  const button = event.target.closest("button[data-act]");
  if (!button) return;
  const song = button.closest("li");
  if (button.dataset.act === "menu") return open(button, song, menu);
  if (button.dataset.act === "liked") {
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    list.shown[[...list.children].indexOf(song)] = null; // the next answer decides, whatever it is
  }
  list.send(button.dataset.act, song);
}

function open(button, song, menu) {
  menu.song = song;
  menu.button = button;
  menu.showPopover();
  const at = button.getBoundingClientRect();
  const top = at.bottom + menu.offsetHeight > innerHeight ? at.top - menu.offsetHeight : at.bottom;
  menu.style.top = `${Math.max(top, 0)}px`;
  menu.style.left = `${Math.max(at.right - menu.offsetWidth, 8)}px`;
  menu.firstElementChild.focus();
}

function chosen(event, list, menu) {
  const what = event.target.closest("[data-act]")?.dataset.act;
  if (!what) return;
  menu.hidePopover();
  menu.button.focus();
  list.send(what, menu.song);
}

function moved(event, menu) {
  const items = [...menu.children];
  const here = items.indexOf(document.activeElement);
  const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab" || event.key === "Escape") {
    menu.hidePopover();
    menu.button.focus();
  } else if (to !== undefined) {
    items[(to + items.length) % items.length].focus();
  } else return;
  event.preventDefault();
}
