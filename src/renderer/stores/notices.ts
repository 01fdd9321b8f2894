import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Notice } from '#shared/ipc/contract.ts';
import { useStorePorts } from './ports.ts';

export interface ShownNotice extends Notice {
  readonly key: number;
}

/** Notices of one kind about one thing are shown once, however often they come. */
const maxNotices = 3;

/** What the person should know although nobody asked: a settings file put aside, and the like. */
export const useNoticesStore = defineStore('notices', () => {
  const { bridge, info } = useStorePorts();
  const notices = shallowRef<readonly ShownNotice[]>([]);
  let nextKey = 1;

  function add(notice: Notice): void {
    const known = notices.value.some(({ code, detail }) => code === notice.code && detail === notice.detail);
    if (!known) {
      notices.value = [...notices.value, { ...notice, key: nextKey++ }].slice(-maxNotices);
    }
  }

  function dismiss(key: number): void {
    notices.value = notices.value.filter((notice) => notice.key !== key);
  }

  /** What the notices of one kind are about has been put right. */
  function settle(code: Notice['code']): void {
    notices.value = notices.value.filter((notice) => notice.code !== code);
  }

  info.notices.forEach(add);
  bridge.onNotice(add);

  return { notices, add, dismiss, settle };
});
