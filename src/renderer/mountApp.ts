import { createPinia } from 'pinia';
import { createApp, watch, type App as VueApp } from 'vue';
import { createMediaHandles, mediaHandlesKey } from './composables/media.ts';
import { peopleKey } from './composables/people.ts';
import { createPeerlineI18n, setLocale } from './i18n/i18n.ts';
import { useContactsStore } from './stores/contacts.ts';
import { storePortsKey, type StorePorts } from './stores/ports.ts';
import { useSettingsStore } from './stores/settings.ts';
import App from './ui/App.vue';
import './ui/styles/styles.ts';

/** Puts the interface on the page, on top of whatever bridge and engine it is given. */
export function mountApp(ports: StorePorts, root: Element): VueApp {
  const { info, engine, log } = ports;
  const i18n = createPeerlineI18n(info.systemLocale);
  const app = createApp(App);
  app.config.errorHandler = (error, _component, where) => {
    log.error('component failed', { error, where });
  };
  app.provide(storePortsKey, ports);
  app.provide(mediaHandlesKey, createMediaHandles(engine));
  app.use(createPinia());
  app.use(i18n);
  app.runWithContext(() => {
    app.provide(peopleKey, useContactsStore());
    const settings = useSettingsStore();
    watch(
      () => settings.locale,
      (locale) => setLocale(i18n, locale),
      { immediate: true },
    );
  });
  app.mount(root);
  return app;
}
