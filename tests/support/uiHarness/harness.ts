import '../../../src/renderer/zodConfig.ts';
import { systemClock } from '#shared/clock.ts';
import type { CommandName } from '#shared/ipc/channels.ts';
import type { IpcEvents } from '#shared/ipc/contract.ts';
import { createLogger } from '#shared/logging.ts';
import { locales } from '#shared/settings.ts';
import { mountApp } from '../../../src/renderer/mountApp.ts';
import { mountIncoming } from '../../../src/renderer/mountIncoming.ts';
import { FakeBridge } from './FakeBridge.ts';
import { FakeEngine } from './FakeEngine.ts';
import { paintedStream } from './pictures.ts';
import { sampleInfo } from './sampleInfo.ts';
import { scenesAt } from './scenes.ts';

/** What a test asks and tells the page after it has pressed something. */
export interface Harness {
  /** Commands to the engine, by name and arguments. */
  readonly commands: readonly (readonly unknown[])[];
  /** Commands to main. */
  readonly asked: readonly unknown[];
  /** The microphone has become this loud, 0 to 1. */
  readonly level: (level: number) => void;
  /** Main says something. */
  readonly tell: (event: keyof IpcEvents, payload: unknown) => void;
  /** Main does not answer this command any more. */
  readonly hold: (command: CommandName) => void;
  /** The engine is now in the call of this scene, or in none. */
  readonly showCall: (scene: string | null) => void;
}

/** Renders one scene of the interface: `?scene=home&locale=en&theme=light`. */
async function render(root: Element): Promise<void> {
  const query = new URLSearchParams(location.search);
  const now = Date.now();
  const scene = scenesAt(now)[query.get('scene') ?? 'home'];
  const locale = locales.find((candidate) => candidate === query.get('locale')) ?? 'en';
  const theme = query.get('theme') === 'dark' ? 'dark' : 'light';
  if (scene === undefined) {
    throw new Error(`no scene ${query.get('scene') ?? ''}`);
  }
  const info = sampleInfo(now, { ...scene.info, settings: { locale, theme, ...scene.settings } });
  const fake = new FakeBridge({
    info,
    people: scene.people ?? {},
    relays: scene.relays ?? [],
    recordings: scene.recordings ?? [],
    never: scene.never ?? [],
    refuse: scene.refuse ?? [],
    incoming: scene.popup ?? null,
  });
  if (scene.popup !== undefined) {
    await mountIncoming(fake.bridge, root);
    return;
  }
  const engine = new FakeEngine();
  const harness: Harness = {
    commands: engine.commands,
    asked: fake.asked,
    level: (level) => engine.emit('microphoneLevel', level),
    tell: (event, payload) => fake.events.emit(event, payload as never),
    hold: (command) => fake.hold(command),
    showCall: (name) => engine.show(name === null ? undefined : scenesAt(Date.now())[name]?.call),
  };
  Object.assign(window, { harness });
  mountApp(
    {
      bridge: fake.bridge,
      engine,
      probeIce: async ({ urls: [url = ''] }) =>
        Promise.resolve(scene.probes?.[url] ?? { kind: 'failed', code: 'ICE_UNREACHABLE' }),
      probeNat: async () => Promise.resolve(scene.nat ?? 'steady'),
      pictureBrightness: async () => Promise.resolve(scene.brightness ?? 0.4),
      info,
      clock: systemClock,
      log: createLogger({
        name: 'harness',
        sink: (record) => {
          // A refused command is told to the log, and is no failure of the page.
          if (scene.refuse === undefined) {
            throw new Error(JSON.stringify(record));
          }
        },
        level: 'warn',
      }),
    },
    root,
  );
  if (scene.devices !== undefined) {
    engine.showDevices(scene.devices);
  }
  engine.emit('microphoneLevel', 0.3);
  engine.emit('remoteLevel', 0.2);
  if (scene.localVideo === true) {
    engine.emit('localVideo', paintedStream(['#5d717b', '#2a3940'], '#c9a48b'));
  }
  if (scene.remoteVideo === true) {
    engine.emit('remoteStream', paintedStream(['#3b6a75', '#10252d'], '#a97f68'));
  }
  if (scene.call !== undefined) {
    engine.show(scene.call);
  }
  scene.network?.forEach((reading) => engine.emit('network', reading));
  if (scene.recorded !== undefined) {
    engine.emit('recording', scene.recorded);
  }
}

const root = document.querySelector('#app');
if (root !== null) {
  void render(root);
}
