import './zodConfig.ts';
import { desktopBridge } from './bridge.ts';
import { mountIncoming } from './mountIncoming.ts';

const root = document.querySelector('#app');
if (root !== null) {
  void mountIncoming(desktopBridge(), root);
}
