// The catalogue of the page's language, and how names and instants are said in it. The same words
// are on every other screen: they come from shared/locale.

export class Words {
  constructor(lang) {
    this.lang = lang;
    this.zone = "UTC";
    this.sentences = {};
  }

  async load() {
    const answer = await fetch(`/phone-files/words.${this.lang}.json`);
    if (!answer.ok) throw new Error(`no words: ${answer.status}`);
    this.sentences = await answer.json();
  }

  say(key, values = {}) {
    const sentence = this.sentences[key] ?? "";
    return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "—"));
  }

  // A name that was configured in both languages.
  name(words) {
    return (this.lang === "zh" ? words?.zh || words?.en : words?.en || words?.zh) ?? "";
  }

  // An instant on the clock of the branch.
  time(moment, seconds = false) {
    const options = {timeZone: this.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23"};
    if (seconds) options.second = "2-digit";
    return new Intl.DateTimeFormat("en-GB", options).format(moment);
  }

  wait({low, high}) {
    if (low === 0) return this.say("wait.within", {minutes: high});
    if (low === high) return this.say("wait.about", {minutes: high});
    return this.say("wait.range", {low, high});
  }
}
