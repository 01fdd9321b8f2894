import './zodConfig.ts';
import { systemClock } from '#shared/clock.ts';
import { desktopBridge } from './bridge.ts';
import { createBrowserPorts } from './engine/browserPorts.ts';
import { CallEngine } from './engine/CallEngine.ts';
import { IceProbe } from './engine/IceProbe.ts';
import { NatProbe } from './engine/NatProbe.ts';
import { brightnessOf } from './engine/pictureBrightness.ts';
import { holdEvents } from './heldEvents.ts';
import { mountApp } from './mountApp.ts';
import { mountFailure } from './mountFailure.ts';
import { createRendererLog, logUncaught } from './rendererLog.ts';

/** Reading this top to bottom is reading how the window starts. */
async function start(root: Element): Promise<void> {
  const bridge = desktopBridge();
  const log = createRendererLog(bridge);
  logUncaught(log);

  const onCallMessage = holdEvents(bridge.onCallMessage);
  const onCallTaken = holdEvents(bridge.onCallTaken);
  const onSignalingState = holdEvents(bridge.onSignalingState);
  const onLinkOpened = holdEvents(bridge.onLinkOpened);
  const onNotice = holdEvents(bridge.onNotice);
  const ready = await bridge.appReady({});
  if (!ready.ok) {
    log.error('start refused', { code: ready.error.code });
    mountFailure(ready.error.code, root);
    return;
  }
  const { settings, id, deviceId } = ready.value;

  let { signaling } = ready.value;
  onSignalingState((state) => {
    signaling = state;
  });
  const ports = createBrowserPorts(systemClock);
  const engine = new CallEngine({
    ...ports,
    identity: { id, deviceId },
    signaling: {
      send: bridge.callSend,
      leaveNotice: bridge.callNotice,
      onMessage: onCallMessage,
      onTaken: onCallTaken,
      onState: onSignalingState,
      state: () => signaling,
    },
    activeCall: { report: async (call) => bridge.callActive({ call }) },
    permission: { access: async (kind) => bridge.mediaAccess({ kind }) },
    clock: systemClock,
    logger: log.child('engine'),
    preferences: settings.devices,
    iceServers: { get: async () => bridge.iceServers({}) },
    networkChanges: {
      onChanged: (listener) => {
        const offBridge = bridge.onNetworkChanged(listener);
        window.addEventListener('online', listener);
        return () => {
          offBridge();
          window.removeEventListener('online', listener);
        };
      },
    },
    network: settings.network,
    ringSeconds: settings.ringSeconds,
  });
  const iceProbe = new IceProbe({ rtc: ports.rtc, clock: systemClock });
  const natProbe = new NatProbe({ rtc: ports.rtc, clock: systemClock });
  window.addEventListener('pagehide', () => engine.close());
  // Stores listen before the engine speaks.
  mountApp(
    {
      bridge: { ...bridge, onLinkOpened, onNotice },
      engine,
      probeIce: async (server) => iceProbe.probe(server),
      probeNat: async (urls) => natProbe.probe(urls),
      pictureBrightness: async () => brightnessOf(engine.localVideo),
      info: { ...ready.value, signaling },
      clock: systemClock,
      log,
    },
    root,
  );
  engine.start();
}

const root = document.querySelector('#app');
if (root !== null) {
  void start(root);
}
