import { defineAsyncComponent } from 'vue';

/** With the library of the charts; it is fetched when somebody looks at the network of a call. */
export const LazyNetworkView = defineAsyncComponent(async () => import('./NetworkView.vue'));
