// Speaks the calls: the same clips, sentences and order as lobby_display/voice, to which a test
// holds these. Clips come from this server, and are joined in memory into one sound.

import {FRESH_MS} from "./stage.js";

const SIGN_PAUSE_MS = 60, PART_PAUSE_MS = 350, SENTENCE_PAUSE_MS = 700, CHIME_PAUSE_MS = 250;
const SIGNS_A_MINUTE_MAX = 200, WAITING_MAX = 100, CLIP_SECONDS_MAX = 20;

const clip = (name, signs = 0) => ({clip: name, signs});
const pause = (ms) => ({ms});

// The chime; the sentence twice in the first language, once in the second.
export function announcement(call, languages) {
  const said = [clip("chime"), pause(CHIME_PAUSE_MS), ...sentence(call, languages[0]),
    pause(SENTENCE_PAUSE_MS), ...sentence(call, languages[0])];
  for (const language of languages.slice(1)) {
    said.push(pause(SENTENCE_PAUSE_MS), ...sentence(call, language));
  }
  return said;
}

function sentence(call, language) {
  const zh = language === "zh";
  const signs = [...call.number].map((sign) =>
    clip(`${language}/${/[0-9]/.test(sign) ? "digit" : "letter"}-${sign}`, zh ? 1 : 0));
  const parts = [
    [clip(`${language}/before`, zh ? 1 : 0), ...signs, ...(zh ? [clip("zh/after", 1)] : [])],
    [clip(`${language}/to`, zh ? 1 : 0), clip(`${language}/counter-${call.counter}`, zh ? 4 : 0)],
  ];
  return parts.flatMap((part, n) => [
    ...(n ? [pause(PART_PAUSE_MS)] : []),
    ...part.flatMap((one, m) => (m ? [pause(SIGN_PAUSE_MS), one] : [one])),
  ]);
}

// The same, with pauses long enough that no sentence is faster than 200 signs a minute.
export function paced(segments, msOf) {
  const sentences = [[]];
  for (const one of segments) {
    if (one.ms === SENTENCE_PAUSE_MS || one.ms === CHIME_PAUSE_MS) sentences.push([one], []);
    else sentences[sentences.length - 1].push(one);
  }
  return sentences.flatMap((part) => {
    const signs = part.reduce((sum, one) => sum + (one.signs ?? 0), 0);
    const lasts = part.reduce((sum, one) => sum + (one.ms ?? msOf[one.clip]), 0);
    const missing = Math.max(0, Math.ceil((signs * 60000) / SIGNS_A_MINUTE_MAX) - lasts);
    const pauses = part.filter((one) => one.ms !== undefined).length;
    const more = pauses ? Math.ceil(missing / pauses) : 0;
    return part.map((one) => (one.ms === undefined ? one : pause(one.ms + more)));
  });
}

// First come, first spoken, one at a time, each to its end, none that is a minute old.
export class Speaker {
  constructor({branch, languages, volume, now, changed}) {
    Object.assign(this, {branch, languages, volume, now, changed});
    this.state = "no_sound";
    this.waiting = [];
    this.spoken = [];
    this.clips = new Map();
    this.busy = false;
    this.context = new AudioContext();
    this.context.onstatechange = () => this.become(this.context.state === "running");
    this.become(this.context.state === "running");
  }

  // A browser lets a page sound when somebody has touched it, or was started so.
  async wake() {
    await this.context.resume();
    this.become(this.context.state === "running");
  }

  heard(view, news) {
    const again = new Set(news.map((call) => call.number));
    const held = (call) => view.calls.some((one) => one.id === call.id)
      && !view.calls.some((one) => one.id > call.id && one.number === call.number);
    this.waiting = [...this.waiting.filter((call) => !again.has(call.number)), ...news]
      .slice(-WAITING_MAX).filter(held);
    this.next();
  }

  async next() {
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.waiting.length) {
        const call = this.waiting.shift();
        if (this.now() - call.at < FRESH_MS) await this.speak(call);
      }
    } finally {
      this.busy = false;
    }
  }

  async speak(call) {
    if (this.context.state !== "running") return this.become(false);
    const segments = announcement(call, this.languages);
    const names = [...new Set(segments.filter((one) => one.clip).map((one) => one.clip))];
    try {
      await Promise.all(names.map((name) => this.load(name)));
    } catch {
      return this.become(true, "no_clips");
    }
    const msOf = Object.fromEntries(names.map((n) => [n, this.clips.get(n).duration * 1000]));
    const began = this.now();
    await this.play(this.joined(paced(segments, msOf)));
    this.spoken.push({call, names: segments.filter((o) => o.clip).map((o) => o.clip), began,
      ended: this.now()});
    this.spoken = this.spoken.slice(-200);
    this.become(true);
  }

  joined(segments) {
    const rate = this.context.sampleRate;
    const length = (one) => (one.clip ? this.clips.get(one.clip).length
      : Math.round((one.ms * rate) / 1000));
    const whole = this.context.createBuffer(1, segments.reduce((n, o) => n + length(o), 1), rate);
    let at = 0;
    for (const one of segments) {
      if (one.clip) whole.copyToChannel(this.clips.get(one.clip).getChannelData(0), 0, at);
      at += length(one);
    }
    return whole;
  }

  play(buffer) {
    return new Promise((resolve) => {
      const source = this.context.createBufferSource();
      const gain = this.context.createGain();
      gain.gain.value = this.volume / 100;
      source.buffer = buffer;
      source.connect(gain).connect(this.context.destination);
      source.onended = resolve;
      source.start();
    });
  }

  async load(name) {
    if (this.clips.has(name)) return;
    const answer = await fetch(`/display/${this.branch}/voice/${name}.wav`);
    if (!answer.ok) throw new Error(`no clip ${name}`);
    const sound = await this.context.decodeAudioData(await answer.arrayBuffer());
    if (sound.duration > CLIP_SECONDS_MAX) throw new Error(`clip ${name} is too long`);
    this.clips.set(name, sound);
  }

  become(sounds, state = "speaking") {
    const now = sounds ? state : "no_sound";
    if (now !== this.state) {
      this.state = now;
      this.changed();
    }
  }
}
