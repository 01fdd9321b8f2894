import { createApp, h, shallowRef } from 'vue';
import type { IncomingAction, RingingCall } from '#shared/ipc/contract.ts';
import type { DesktopBridge } from '#shared/ipc/types.ts';
import type { Settings } from '#shared/settings.ts';
import { peopleKey, type People } from './composables/people.ts';
import { followState } from './followState.ts';
import { createPeerlineI18n, setLocale } from './i18n/i18n.ts';
import { systemLocale } from './i18n/locale.ts';
import IncomingWindow from './ui/incoming/IncomingWindow.vue';
import './ui/styles/styles.ts';

type IncomingBridge = Pick<
  DesktopBridge,
  'incomingGet' | 'incomingRespond' | 'settingsGet' | 'onIncomingChanged' | 'onSettingsChanged'
>;

/** The window of a call that rings: shows what main says, and passes the answer on. */
export async function mountIncoming(bridge: IncomingBridge, root: Element): Promise<void> {
  const call = shallowRef<RingingCall | null>(null);
  const i18n = createPeerlineI18n('en');

  function apply(settings: Settings): void {
    const { locale, theme } = settings;
    document.documentElement.dataset.theme = theme;
    // This window knows no facts of the app; the page's language is the system's.
    setLocale(i18n, locale === 'system' ? systemLocale(navigator.language) : locale);
  }

  const respond = (action: IncomingAction) => {
    if (call.value !== null) {
      void bridge.incomingRespond({ callId: call.value.callId, action });
    }
  };

  await Promise.all([
    followState<Settings>({
      read: async () => bridge.settingsGet({}),
      onChanged: bridge.onSettingsChanged,
      apply,
    }),
    followState<RingingCall | null>({
      read: async () => bridge.incomingGet({}),
      onChanged: bridge.onIncomingChanged,
      apply: (next) => (call.value = next),
    }),
  ]);
  /** This window knows of one person: who rings. */
  const people: People = {
    nameOf: (id) => (call.value?.from === id ? (call.value.name ?? undefined) : undefined),
    pictureOf: (id) => (call.value?.from === id ? call.value.picture : null),
    pictureMissing: () => false,
    wantPicture: () => undefined,
  };
  createApp({ render: () => h(IncomingWindow, { call: call.value, onRespond: respond }) })
    .provide(peopleKey, people)
    .use(i18n)
    .mount(root);
}
