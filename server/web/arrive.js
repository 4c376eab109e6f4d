// A number that was taken before coming: what to type at the kiosk, and by when. Whoever reads this is
// not in the branch yet; the code is said large, in two halves.

import {fill, put} from "./drawing.js";

export function drawArrive(place, {view, words, code}) {
  const by = view.arrive_by ? words.time(view.arrive_by) : "";
  fill(place, view.absent ? [words.lang, code, by] : null, (into) => {
    put(into, "h2", words.say("phone.arrive.heading"));
    put(into, "p", words.say("phone.arrive.how"));
    if (code) put(into, "p", `${code.slice(0, 3)} ${code.slice(3)}`, {className: "code"});
    if (by) put(into, "p", words.say("phone.arrive.by", {time: by}), {className: "said", role: "status"});
  });
}
