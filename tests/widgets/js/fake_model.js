/** A widget's model without a kernel, and a clock that is set by hand. */

export class FakeModel {
  constructor(traits = {}) {
    this.traits = { position_s: 0, playing: false, speed: 1, loop: [], selection: [], view: {}, ...traits };
    this.heard = new Map();
    this.sent = [];
    this.saves = 0;
  }

  get(name) {
    return this.traits[name];
  }

  /** As Backbone does: whoever listens hears of it at once, and only of what is another. */
  set(name, value) {
    const isSame = JSON.stringify(this.traits[name]) === JSON.stringify(value);
    this.traits[name] = value;
    if (!isSame) this.fire(`change:${name}`);
  }

  save_changes() {
    this.saves += 1;
  }

  send(message) {
    if (this.isClosed) throw new Error("the comm is closed");
    this.sent.push(message);
  }

  on(type, listener) {
    this.heard.set(type, [...(this.heard.get(type) ?? []), listener]);
  }

  off(type, listener) {
    this.heard.set(type, (this.heard.get(type) ?? []).filter((other) => other !== listener));
  }

  fire(type, ...values) {
    (this.heard.get(type) ?? []).forEach((listener) => listener(...values));
  }

  /** The kernel says something. */
  answer(content, buffers = []) {
    this.fire("msg:custom", content, buffers);
  }

  get listeners() {
    return [...this.heard.values()].reduce((sum, list) => sum + list.length, 0);
  }
}

export class FakeClock {
  constructor() {
    this.now_ms = 0;
    this.timers = new Map();
    this.made = 0;
    this.now = () => this.now_ms;
    this.later = (fn, ms) => {
      this.made += 1;
      this.timers.set(this.made, { fn, at_ms: this.now_ms + ms });
      return this.made;
    };
    this.never = (timer) => this.timers.delete(timer);
  }

  /** Let time pass; what is due then happens in order. */
  pass(ms) {
    const until_ms = this.now_ms + ms;
    for (;;) {
      const due = [...this.timers].filter(([, { at_ms }]) => at_ms <= until_ms);
      if (!due.length) break;
      const [timer, { fn, at_ms }] = due.reduce((one, other) => (other[1].at_ms < one[1].at_ms ? other : one));
      this.timers.delete(timer);
      this.now_ms = Math.max(this.now_ms, at_ms);
      fn();
    }
    this.now_ms = until_ms;
  }
}

/** As much of a workspace as the bridge needs: data, view, axis; without a page. */
export class FakeWorkspace extends EventTarget {
  constructor(axis) {
    super();
    this.axis = axis;
    this.data = new Map();
    this.view = { position_s: 0, playing: false, speed: 1, loop: null, selection: null };
    this.canEdit = true;
  }

  get(name) {
    return this.data.get(name);
  }

  set(name, value) {
    this.data.set(name, value);
    this.fire(`data:${name}`);
  }

  on(type, listener) {
    const heard = (event) => listener(event.names);
    this.addEventListener(type, heard);
    return () => this.removeEventListener(type, heard);
  }

  fire(type, names = []) {
    const event = new Event(type);
    event.names = names;
    this.dispatchEvent(event);
  }

  look(changes) {
    const names = Object.keys(changes).filter((name) => this.view[name] !== changes[name]);
    Object.assign(this.view, changes);
    if (names.length) this.fire("view", names);
  }

  seek(position_s) {
    this.look({ position_s });
  }
}
