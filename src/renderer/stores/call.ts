import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CallId } from '#shared/identity/ids.ts';
import type { EndReason } from '#shared/call/endReasons.ts';
import type { Result } from '#shared/result.ts';
import type { CallSnapshot } from '../engine/types.ts';
import { CallRecorder } from './CallRecorder.ts';
import { useAppStore } from './app.ts';
import { useBlockedStore } from './blocked.ts';
import { useNetworkStore } from './network.ts';
import { useNoticesStore } from './notices.ts';
import { useStorePorts } from './ports.ts';

/**
 * How long the end of a call stays that the person alone has ended while it rang, milliseconds: they know it
 * already, and it lies over the page.
 */
const ownEndMs = 8_000;

/** A call that came in and was never taken ends as a strip over the page, not as a page of its own. */
const neverTaken: readonly EndReason[] = ['missed', 'declinedByMe', 'answeredElsewhere', 'declinedElsewhere'];

/** The one call, as the engine tells it; passes the person's wishes on and keeps the list of calls. */
export const useCallStore = defineStore('call', () => {
  const { bridge, engine, info, clock, log } = useStorePorts();
  const recorder = new CallRecorder({ bridge, own: info.deviceId, log });
  const app = useAppStore();
  const blocked = useBlockedStore();
  const network = useNetworkStore();
  const notices = useNoticesStore();
  const call = shallowRef<CallSnapshot | undefined>(undefined);
  /** The camera was switched on and is not open yet. */
  const cameraOpening = ref(false);
  let shownCall: CallId | undefined;
  let cancelPutAway: () => void = () => undefined;

  const incoming = computed(() => (call.value?.phase === 'incoming' ? call.value : undefined));
  const strip = computed(() =>
    call.value?.phase === 'ended' && neverTaken.includes(call.value.reason) ? call.value : undefined,
  );
  /** The call that takes the window, in the place of the pages; the end of one that was taken still does. */
  const page = computed(() =>
    call.value?.phase === 'incoming' || strip.value !== undefined ? undefined : call.value,
  );
  /** In a call or dialling. */
  const engaged = computed(() => {
    const phase = call.value?.phase;
    return phase !== undefined && phase !== 'incoming' && phase !== 'ended';
  });

  /** A picture that is held back for the sake of the sound, or that is not there yet, is on for the person. */
  const cameraWanted = computed(
    () => call.value !== undefined && (call.value.local.camera || network.held || cameraOpening.value),
  );

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

  /** Puts the end of a call away by itself where nobody needs to read it. */
  function putAwayLater(current: CallSnapshot | undefined): void {
    cancelPutAway();
    if (current?.phase === 'ended' && current.reason === 'declinedByMe') {
      cancelPutAway = clock.after(ownEndMs, () => engine.dismiss());
    }
  }

  /** Somebody attends to the end of the call: it stays while `held`, and its time begins anew. */
  function holdEnd(held: boolean): void {
    if (held) {
      cancelPutAway();
    } else {
      putAwayLater(call.value);
    }
  }

  engine.on('call', (snapshot) => {
    call.value = snapshot;
    if (snapshot === undefined || snapshot.phase === 'ended') {
      notices.settle('CALL_BUSY');
    }
    putAwayLater(snapshot);
    void followPopup(snapshot);
    recorder.follow(snapshot);
  });
  engine.on('cameraOpening', (opening) => {
    cameraOpening.value = opening;
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
    if ((await blocked.block(ringing.peer, 'notice')) !== null) {
      // Declined, they would learn that somebody is here, and could ring again.
      return;
    }
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
      case 'add':
        app.addContact(incoming.value.peer);
        break;
      case 'dismiss':
        // Its window is gone; the call goes on ringing here.
        break;
    }
  });

  /** That another call is in the way is told in a notice. Errors: PEER_IS_SELF, CALL_BUSY. */
  function dial(peer: PeerId, video: boolean): Result<null> {
    if (call.value?.phase === 'ended') {
      engine.dismiss();
    }
    const dialled = engine.dial(peer, { video });
    if (!dialled.ok && dialled.error.code === 'CALL_BUSY') {
      notices.add({ code: 'CALL_BUSY' });
    }
    return dialled;
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
    strip,
    page,
    engaged,
    cameraOpening,
    cameraWanted,
    dial,
    again,
    acceptIncoming,
    declineIncoming,
    blockIncoming,
    holdEnd,
    hangUp: () => void engine.hangUp(),
    dismiss: () => void engine.dismiss(),
    toggleMicrophone: () => {
      if (call.value !== undefined) {
        engine.setMicrophone(!call.value.local.microphone);
      }
    },
    toggleCamera: () => {
      if (call.value !== undefined) {
        engine.setCamera(!cameraWanted.value);
        network.letGo();
      }
    },
  };
});
