import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CallId } from '#shared/identity/ids.ts';
import type { CallSnapshot } from '../engine/types.ts';
import { useStorePorts } from './ports.ts';
import { useRecentsStore } from './recents.ts';

export type EndedCall = Extract<CallSnapshot, { phase: 'ended' }>;

/** Whole seconds of conversation; 0 when nobody answered. */
export const talkedSeconds = (call: EndedCall): number =>
  call.connectedAt === null ? 0 : Math.max(0, Math.round((call.endedAt - call.connectedAt) / 1000));

/** The one call, as the engine tells it; passes the person's wishes on and keeps the list of calls. */
export const useCallStore = defineStore('call', () => {
  const { bridge, engine, log } = useStorePorts();
  const recents = useRecentsStore();
  const call = shallowRef<CallSnapshot | undefined>(undefined);
  let shownCall: CallId | undefined;
  let recordedCall: CallId | undefined;

  const incoming = computed(() => (call.value?.phase === 'incoming' ? call.value : undefined));
  /** In a call or dialling: the call takes the window. */
  const engaged = computed(() => {
    const phase = call.value?.phase;
    return phase !== undefined && phase !== 'incoming' && phase !== 'ended';
  });

  /** The popup window follows the incoming phase. */
  async function followPopup(current: CallSnapshot | undefined): Promise<void> {
    const ringing = current?.phase === 'incoming' ? current : undefined;
    if (ringing?.callId === shownCall) {
      return;
    }
    shownCall = ringing?.callId;
    const result = await bridge.incomingShow({
      call:
        ringing === undefined
          ? null
          : {
              callId: ringing.callId,
              from: ringing.peer,
              video: ringing.video,
              since: ringing.startedAt,
            },
    });
    if (!result.ok) {
      log.warn('incoming window not shown', { code: result.error.code });
    }
  }

  async function keep(current: CallSnapshot | undefined): Promise<void> {
    if (current?.phase !== 'ended' || current.callId === recordedCall) {
      return;
    }
    recordedCall = current.callId;
    await recents.record({
      id: current.peer,
      direction: current.direction,
      video: current.video,
      end: current.reason,
      at: current.startedAt,
      seconds: talkedSeconds(current),
    });
  }

  engine.on('call', (snapshot) => {
    call.value = snapshot;
    void followPopup(snapshot);
    void keep(snapshot);
  });

  engine.on('missed', ({ peer, video, at }) => {
    void recents.record({ id: peer, direction: 'incoming', video, end: 'missed', at, seconds: 0 });
  });

  function acceptIncoming(video: boolean): void {
    if (incoming.value !== undefined) {
      engine.accept({ video: video && incoming.value.video });
    }
  }

  function declineIncoming(): void {
    if (incoming.value !== undefined) {
      engine.decline();
    }
  }

  bridge.onIncomingAction(({ callId, action }) => {
    if (incoming.value?.callId !== callId) {
      return;
    }
    switch (action) {
      case 'accept':
        acceptIncoming(true);
        break;
      case 'voice':
        acceptIncoming(false);
        break;
      case 'decline':
        declineIncoming();
        break;
      case 'dismiss':
        // Its window is gone; the call goes on ringing here.
        break;
    }
  });

  function dial(peer: PeerId, video: boolean): void {
    if (call.value?.phase === 'ended') {
      engine.dismiss();
    }
    engine.dial(peer, { video });
  }

  function again(): void {
    const ended = call.value;
    if (ended?.phase === 'ended') {
      dial(ended.peer, ended.video);
    }
  }

  return {
    call,
    incoming,
    engaged,
    dial,
    again,
    acceptIncoming,
    declineIncoming,
    hangUp: () => void engine.hangUp(),
    dismiss: () => void engine.dismiss(),
    toggleMicrophone: () => {
      if (call.value !== undefined) {
        engine.setMicrophone(!call.value.local.microphone);
      }
    },
    toggleCamera: () => {
      if (call.value !== undefined) {
        engine.setCamera(!call.value.local.camera);
      }
    },
  };
});
