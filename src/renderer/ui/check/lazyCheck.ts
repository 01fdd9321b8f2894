import { defineAsyncComponent } from 'vue';

/** Fetched when somebody asks whether a call would work. */
export const LazyCheckDialog = defineAsyncComponent(async () => import('./CheckDialog.vue'));
