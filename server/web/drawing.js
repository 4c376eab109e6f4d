// How a part of the page is drawn: by text alone, never by markup, and only when it has changed.
// What reads the page aloud would read it again, and a key that is made anew loses its focus.

export const at = (id) => document.getElementById(id);

export function put(parent, tag, text = "", fields = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  const {aria = {}, ...rest} = fields;
  Object.assign(made, rest);
  for (const [name, value] of Object.entries(aria)) made.setAttribute(`aria-${name}`, value);
  parent.append(made);
  return made;
}

export function key(parent, text, pressed, fields = {}) {
  const made = put(parent, "button", text, {type: "button", ...fields});
  made.addEventListener("click", pressed);
  return made;
}

export function text(place, words) {
  if (place.textContent !== words) place.textContent = words;
}

// `build` the place anew when what it says has changed; hide it when there is nothing to say.
export function fill(place, said, build) {
  const now = said === null ? "" : JSON.stringify(said);
  if (place.drawn === now) return;
  place.drawn = now;
  place.hidden = said === null;
  place.replaceChildren();
  if (said !== null) build(place);
}
