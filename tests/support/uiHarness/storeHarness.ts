import { createPinia, setActivePinia } from 'pinia';
import { createApp } from 'vue';
import type { CallRecording } from '#shared/call/recording.ts';
import type { AppInfo } from '#shared/ipc/contract.ts';
import type { CommandName } from '#shared/ipc/channels.ts';
import type { IceServer, Settings } from '#shared/settings.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { storePortsKey, type StorePorts } from '../../../src/renderer/stores/ports.ts';
import { FakeBridge } from './FakeBridge.ts';
import { FakeEngine } from './FakeEngine.ts';
import type { PeopleFacts } from './FakePeople.ts';
import { sampleInfo } from './sampleInfo.ts';

/** Makes the stores usable in Node, with an engine and a bridge that do what the test says. */
export function storeHarness(
  options: {
    readonly info?: Partial<Omit<AppInfo, 'settings'>>;
    readonly settings?: Partial<Settings>;
    readonly people?: PeopleFacts;
    readonly refuse?: readonly CommandName[];
    /** Relays of the signaling server. */
    readonly relays?: readonly IceServer[];
    readonly recordings?: readonly CallRecording[];
    readonly probeIce?: StorePorts['probeIce'];
  } = {},
) {
  const clock = new FakeClock();
  const info = sampleInfo(clock.now(), {
    ...options.info,
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  const main = new FakeBridge({
    info,
    people: options.people ?? {},
    refuse: options.refuse ?? [],
    relays: options.relays ?? [],
    recordings: options.recordings ?? [],
  });
  const engine = new FakeEngine();
  const { logger, records } = testLogger();
  const app = createApp({ render: () => null });
  const pinia = createPinia();
  const ports: StorePorts = {
    bridge: main.bridge,
    engine,
    probeIce: options.probeIce ?? (async () => Promise.resolve({ kind: 'failed', code: 'ICE_UNREACHABLE' })),
    probeNat: async () => Promise.resolve('unknown'),
    pictureBrightness: async () => Promise.resolve(0.4),
    info,
    clock,
    log: logger,
  };
  app.provide(storePortsKey, ports);
  app.use(pinia);
  setActivePinia(pinia);
  return { clock, info, main, engine, records };
}
