/** Scripts that run in the page before the app's own, as source text. They observe, or make a device fail. */

/** Remembers every captured track and every peer connection, so that a test can count what is left. */
export const countResources = `(() => {
  const tracks = new Set();
  const connections = new Set();
  Object.defineProperty(globalThis, '__resources', { value: { tracks, connections } });
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
