// Which calls have the full attention of the screen, and for how long: the same rules as
// lobby_display/stage.py, to which a test holds these. Pure: the clock (ms) is an argument.

export const FRESH_MS = 60000;
export const FLASH_MS = 4000;
export const FLASH_PERIOD_MS = 500;
const WAITING_MAX = 100;

export const RULES = {
  slots: 1, least_ms: 5000, usual_ms: 20000, long_ms: 45000, long_least_ms: 15000, counters: [],
};

export const EMPTY = {epoch: "", seen: 0, shown: [], waiting: []};

const least = (call, rules) => (call.long ? rules.long_least_ms : rules.least_ms);
const usual = (call, rules) =>
  Math.max(least(call, rules), call.long ? rules.long_ms : rules.usual_ms);
const byId = (a, b) => a.id - b.id;
export const inZone = (call, counters) => !counters.length || counters.includes(call.counter);

export function lit(one, clock) {
  const up = clock - one.since;
  return up >= 0 && up < FLASH_MS && up % FLASH_PERIOD_MS < FLASH_PERIOD_MS / 2;
}

// After a view: the stage, and the calls that are new, the oldest first.
export function heard(before, view, epoch, clock, rules) {
  const known = epoch === before.epoch ? before : {...EMPTY, epoch};
  const fresh = [...view.calls].sort(byId)
    .filter((call) => call.id > known.seen && view.at - call.at < FRESH_MS);
  const after = withCalls(known, fresh, view.at, clock, rules);
  const stage = settled({
    ...after,
    seen: Math.max(known.seen, ...view.calls.map((call) => call.id)),
    shown: after.shown.filter((one) => stands(one.call, view)),
    waiting: after.waiting.filter((call) => stands(call, view)),
  }, clock, rules);
  return [stage, fresh.filter((call) => inZone(call, rules.counters))];
}

export const passed = (stage, clock, rules) => settled(stage, clock, rules);

// The last calls, newest first, each number once: where it was called last.
export function lastCalls(view, counters, most = 50) {
  const found = new Map();
  for (const call of [...view.calls].sort((a, b) => b.id - a.id)) {
    if (!found.has(call.number)) found.set(call.number, call);
  }
  return [...found.values()].filter((call) => inZone(call, counters)).slice(0, most);
}

function withCalls(known, fresh, now, clock, rules) {
  const newest = new Map([...known.waiting, ...fresh].map((call) => [call.number, call]));
  const called = new Set(fresh.map((call) => call.number));
  const shown = [];
  for (const one of known.shown) {
    const again = newest.get(one.call.number);
    newest.delete(one.call.number);
    if (!called.has(one.call.number)) shown.push(one);
    else if (again && inZone(again, rules.counters)) shown.push({call: again, since: clock});
  }
  const waiting = [...newest.values()].sort(byId)
    .filter((call) => inZone(call, rules.counters) && now - call.at < FRESH_MS);
  return {...known, shown, waiting: waiting.slice(-WAITING_MAX)};
}

function settled(stage, clock, rules) {
  const shown = stage.shown.filter((one) => clock - one.since < usual(one.call, rules))
    .slice(-rules.slots);
  const waiting = [...stage.waiting];
  while (waiting.length) {
    const place = freePlace(shown, clock, rules);
    if (place === null) break;
    shown.splice(place, 1, {call: waiting.shift(), since: clock});
  }
  return {...stage, shown, waiting};
}

function freePlace(shown, clock, rules) {
  if (shown.length < rules.slots) return shown.length;
  let found = null;
  shown.forEach((one, n) => {
    const done = clock - one.since >= least(one.call, rules);
    if (done && (found === null || one.since < shown[found].since)) found = n;
  });
  return found;
}

function stands(call, view) {
  if (view.calls.some((one) => one.id > call.id && one.number === call.number)) return false;
  if (view.calls.some((one) => one.id === call.id)) return true;
  const goneByAge = view.at - call.at >= FRESH_MS;
  return goneByAge && !view.calls.some((one) => one.id < call.id);
}
