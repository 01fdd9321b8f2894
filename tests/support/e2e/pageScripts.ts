/** Scripts that run in the page before the app's own, as source text. They observe, or make a device fail. */

/**
 * Remembers every captured track, every peer connection and every listener on what outlives a call (window,
 * document, the list of devices), so that a test can count what is left.
 */
export const countResources = `(() => {
  const tracks = new Set();
  const connections = new Set();
  const listeners = new Map();
  Object.defineProperty(globalThis, '__resources', { value: { tracks, connections, listeners } });
  const lasting = () => [globalThis, document, navigator.mediaDevices];
  const key = (options) => (typeof options === 'boolean' ? options : Boolean(options?.capture));
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function addEventListener(type, listener, options) {
    const target = this ?? globalThis;
    if (listener && lasting().includes(target) && !options?.once) {
      const entries = listeners.get(listener) ?? [];
      if (!entries.some((entry) => entry.target === target && entry.type === type && entry.capture === key(options))) {
        entries.push({ target, type, capture: key(options) });
        listeners.set(listener, entries);
        options?.signal?.addEventListener('abort', () => forget(target, type, listener, options));
      }
    }
    return add.call(target, type, listener, options);
  };
  const forget = (target, type, listener, options) => {
    const rest = (listeners.get(listener) ?? []).filter(
      (entry) => entry.target !== target || entry.type !== type || entry.capture !== key(options),
    );
    if (rest.length === 0) listeners.delete(listener);
    else listeners.set(listener, rest);
  };
  const remove = EventTarget.prototype.removeEventListener;
  EventTarget.prototype.removeEventListener = function removeEventListener(type, listener, options) {
    forget(this ?? globalThis, type, listener, options);
    return remove.call(this ?? globalThis, type, listener, options);
  };
  const capture = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function getUserMedia(constraints) {
    const stream = await capture.call(this, constraints);
    for (const track of stream.getTracks()) tracks.add(track);
    return stream;
  };
  const Native = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class RTCPeerConnection extends Native {
    constructor(...args) {
      super(...args);
      connections.add(this);
    }
  };
})();`;

/** Counts timers that have not fired or that fire again, as `__timers.size`; besides `countResources`. */
export const countTimers = `(() => {
  const timers = new Set();
  Object.defineProperty(globalThis, '__timers', { value: timers });
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  globalThis.setTimeout = (callback, delay, ...args) => {
    const id = setTimeout((...given) => {
      timers.delete(id);
      callback(...given);
    }, delay, ...args);
    timers.add(id);
    return id;
  };
  globalThis.setInterval = (callback, delay, ...args) => {
    const id = setInterval(callback, delay, ...args);
    timers.add(id);
    return id;
  };
  globalThis.clearTimeout = (id) => (timers.delete(id), clearTimeout(id));
  globalThis.clearInterval = (id) => (timers.delete(id), clearInterval(id));
})();`;

/** The camera is in use by another program: Chromium reports NotReadableError. Microphones work. */
export const cameraBusy = `(() => {
  const capture = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function getUserMedia(constraints) {
    if (constraints?.video) throw new DOMException('Could not start video source', 'NotReadableError');
    return capture.call(this, constraints);
  };
})();`;

/** The person refused camera and microphone. */
export const permissionDenied = `(() => {
  MediaDevices.prototype.getUserMedia = async function getUserMedia() {
    throw new DOMException('Permission denied', 'NotAllowedError');
  };
})();`;

/** Every offer and answer this page makes is garbage to the other side. */
export const brokenDescriptions = `(() => {
  // The class that counts connections stands in front of the browser's own.
  const native = Object.getPrototypeOf(RTCPeerConnection.prototype);
  const { get } = Object.getOwnPropertyDescriptor(native, 'localDescription');
  Object.defineProperty(native, 'localDescription', {
    get() {
      const description = get.call(this);
      return description && new RTCSessionDescription({ type: description.type, sdp: 'v=0\\r\\nthis is not SDP\\r\\n' });
    },
  });
})();`;

/** The person works in another program: the window is there, but what is in it is not looked at. */
export const lookingElsewhere = `(() => {
  Document.prototype.hasFocus = () => false;
  globalThis.addEventListener(
    'focus',
    (event) => {
      if (event.target === globalThis) event.stopImmediatePropagation();
    },
    true,
  );
})();`;
