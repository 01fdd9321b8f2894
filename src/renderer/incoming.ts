import './zodConfig.ts';
import { createApp, h } from 'vue';

createApp({ render: () => h('main', 'Peerline') }).mount('#app');
