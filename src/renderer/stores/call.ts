import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CallId } from '#shared/identity/ids.ts';
import type { CallSnapshot } from '../engine/types.ts';
import { CallRecorder } from './CallRecorder.ts';
import { useBlockedStore } from './blocked.ts';
import { useNetworkStore } from './network.ts';
import { useStorePorts } from './ports.ts';

/** The one call, as the engine tells it; passes the person's wishes on and keeps the list of calls. */
export const useCallStore = defineStore('call', () => {
  const { bridge, engine, info, log } = useStorePorts();
  const recorder = new CallRecorder({ bridge, own: info.deviceId, log });
  const blocked = useBlockedStore();
  const network = useNetworkStore();
  const call = shallowRef<CallSnapshot | undefined>(undefined);
  let shownCall: CallId | undefined;

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

  engine.on('call', (snapshot) => {
    call.value = snapshot;
    void followPopup(snapshot);
    recorder.follow(snapshot);
  });
  engine.on('missed', (missed) => recorder.missed(missed));
  engine.on('takenElsewhere', (taken) => recorder.takenElsewhere(taken));

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

  /** Blocked first: main sends no answer to somebody who is blocked, so to them the call rings on in vain. */
  async function blockIncoming(): Promise<void> {
    const ringing = incoming.value;
    if (ringing === undefined) {
      return;
    }
    await blocked.block(ringing.peer);
    if (incoming.value?.callId === ringing.callId) {
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
      case 'block':
        void blockIncoming();
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
    blockIncoming,
    hangUp: () => void engine.hangUp(),
    dismiss: () => void engine.dismiss(),
    toggleMicrophone: () => {
      if (call.value !== undefined) {
        engine.setMicrophone(!call.value.local.microphone);
      }
    },
    toggleCamera: () => {
      if (call.value !== undefined) {
        // A picture that is held back for the sake of the sound is on: then the person wants it off.
        engine.setCamera(!call.value.local.camera && !network.held);
      }
    },
  };
});
