// What a page can do to be noticed: sound, vibration, a screen that stays lit. A browser allows the
// first two after a tap only, and none of them with the screen off; the page says so.

import {fill, key, put} from "./drawing.js";

const SOON = [[660, 0, 0.25], [880, 0.3, 0.4]];
const CALLED = [[880, 0, 0.3], [660, 0.35, 0.3], [880, 0.7, 0.3], [660, 1.05, 0.5]];
const SHAKES = {soon: [300, 150, 300], called: [600, 200, 600, 200, 600, 200, 600]};
const AGAIN_MS = 5000, TIMES_MAX = 12;

export class Alarm {
  constructor(changed) {
    this.changed = changed;
    this.context = null;
    this.lock = null;
    this.rung = [];     // what has rung, and whether it could be heard: for whoever looks into it
    for (const tap of ["pointerup", "keydown"]) {
      window.addEventListener(tap, () => this.wake(), {once: true});
    }
  }

  get sounds() { return this.context?.state === "running"; }

  get canSound() { return "AudioContext" in window; }

  // Before the first tap a browser refuses, and complains.
  shake(pattern) {
    if (this.canShake && navigator.userActivation?.hasBeenActive !== false) navigator.vibrate(pattern);
  }

  get canShake() { return typeof navigator.vibrate === "function"; }

  async wake() {
    if (this.canSound) {
      this.context ??= new AudioContext();
      this.context.onstatechange = this.changed;
      await this.context.resume();
    }
    await this.stayLit();
    this.changed();
  }

  // A browser gives the lock up whenever the page is hidden, and only to pages over TLS at all.
  async stayLit() {
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
      this.lock.addEventListener("release", () => { this.lock = null; this.changed(); });
    } catch {
      this.lock = null;
    }
  }

  // Once for "soon"; for a call again and again, until somebody says that it was seen.
  ring(kind) {
    this.hush();
    let times = kind === "called" ? TIMES_MAX : 1;
    const once = () => {
      this.play(kind === "called" ? CALLED : SOON);
      this.shake(SHAKES[kind]);
      this.rung.push({kind, heard: this.sounds});
      times -= 1;
      if (times > 0) this.timer = setTimeout(once, AGAIN_MS);
    };
    once();
  }

  hush() {
    clearTimeout(this.timer);
    if (this.rung.length) this.shake(0);
  }

  play(notes) {
    if (!this.sounds) return;
    for (const [hertz, begins, lasts] of notes) {
      const tone = this.context.createOscillator(), loudness = this.context.createGain();
      const at = this.context.currentTime + begins;
      tone.frequency.value = hertz;
      loudness.gain.setValueAtTime(0.0001, at);
      loudness.gain.exponentialRampToValueAtTime(0.6, at + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.0001, at + lasts);
      tone.connect(loudness).connect(this.context.destination);
      tone.start(at);
      tone.stop(at + lasts);
    }
  }
}

export function drawAlarm(place, {words, live, alarm}) {
  const told = [words.lang, alarm.sounds, alarm.canSound, alarm.canShake, alarm.lock !== null];
  fill(place, live ? told : null, (into) => {
    put(into, "h2", words.say("phone.alarm.heading"));
    // One sentence or the other, with room for both: the first touch, wherever it is, changes them,
    // and must not move the keys below from under the finger.
    const either = (place, names, second) => {
      place.classList.add("either");
      names.forEach((name, n) =>
        put(place, "span", words.say(`phone.alarm.${name}`), {className: n === Number(second) ? "" : "off"}));
    };
    const say = (name) => put(into, "p", words.say(`phone.alarm.${name}`), {className: "note"});
    if (alarm.canSound) {
      const row = put(into, "div", "", {className: "row"});
      const wake = async () => {
        await alarm.wake();
        alarm.ring("soon");
      };
      either(key(row, "", wake), ["on", "try"], alarm.sounds);
    } else {
      say("silent");
    }
    if (!alarm.canShake) say("no_vibration");
    either(put(into, "p", "", {className: "note"}), ["honest", "stays_lit"], alarm.lock !== null);
  });
}
