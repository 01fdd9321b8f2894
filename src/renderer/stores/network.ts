import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { CallRecording, CallSample } from '#shared/call/recording.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { CallId } from '#shared/identity/ids.ts';
import { figureQuality } from '../engine/quality.ts';
import type { NetworkReading } from '../engine/types.ts';
import { verdictOf, type Verdict } from '../engine/verdict.ts';
import { useStorePorts } from './ports.ts';

/** Seconds of a call under way that the panel shows. */
const liveSeconds = 600;

/** A recording in the panel. */
interface ShownRecording {
  readonly recording: CallRecording;
  readonly verdict: Verdict;
  /** Main keeps it; false: it was read from a file. */
  readonly kept: boolean;
}

const shownOf = (recording: CallRecording, kept: boolean): ShownRecording => ({
  recording,
  verdict: verdictOf(recording),
  kept,
});

/** How the call does on the network, and how the last ones did. */
export const useNetworkStore = defineStore('network', () => {
  const { bridge, engine, log } = useStorePorts();
  /** Of the call under way; null while nothing is known of its network. */
  const live = shallowRef<NetworkReading | null>(null);
  const liveSamples = shallowRef<readonly CallSample[]>([]);
  /** Of the call that ended last. */
  const last = shallowRef<ShownRecording | null>(null);
  /** Calls that have a recording. */
  const recorded = shallowRef<ReadonlySet<CallId>>(new Set());
  /** What the panel shows: the call under way, a recording, or nothing. */
  const shown = shallowRef<'live' | ShownRecording | null>(null);
  /** Why something could not be done with a recording; null when it could. */
  const problem = ref<ErrorCode | null>(null);
  const busy = ref(false);

  engine.on('network', (reading) => {
    const before = live.value?.callId === reading.callId ? liveSamples.value : [];
    live.value = reading;
    liveSamples.value = [...before, reading.sample].slice(-liveSeconds);
  });
  engine.on('call', (call) => {
    if (call === undefined || call.phase === 'ended' || call.callId !== live.value?.callId) {
      live.value = null;
      liveSamples.value = [];
      if (shown.value === 'live') {
        shown.value = null;
      }
    }
  });
  engine.on('recording', (recording) => {
    last.value = shownOf(recording, true);
    void keep(recording);
  });
  bridge.onHistoryChanged(() => {
    // Recordings go with their calls; those of a list that nobody has asked for are not looked up.
    if (recorded.value.size > 0) {
      void load();
    }
  });

  async function keep(recording: CallRecording): Promise<void> {
    const saved = await bridge.recordingSave({ recording });
    if (saved.ok) {
      recorded.value = new Set([...recorded.value, recording.callId]);
    } else {
      log.warn('recording not kept', { callId: recording.callId, code: saved.error.code });
    }
  }

  /** Looks up which calls have a recording. */
  async function load(): Promise<void> {
    const list = await bridge.recordingsList({});
    if (list.ok) {
      recorded.value = new Set(list.value.map(({ callId }) => callId));
    } else {
      log.warn('recordings not listed', { code: list.error.code });
    }
  }

  /** One thing at a time; what failed is in `problem`. */
  async function run<T>(
    command: () => Promise<{ ok: true; value: T } | { ok: false; error: { code: ErrorCode } }>,
  ): Promise<T | undefined> {
    busy.value = true;
    const result = await command();
    busy.value = false;
    problem.value = result.ok ? null : result.error.code;
    return result.ok ? result.value : undefined;
  }

  async function open(callId: CallId): Promise<void> {
    if (last.value?.recording.callId === callId) {
      problem.value = null;
      shown.value = last.value;
      return;
    }
    const recording = await run(async () => bridge.recordingGet({ callId }));
    if (recording !== undefined) {
      shown.value = shownOf(recording, true);
    }
  }

  async function openFile(): Promise<void> {
    const recording = await run(async () => bridge.recordingImport({}));
    if (recording) {
      shown.value = shownOf(recording, false);
    }
  }

  /** True: a copy was saved; false: it was not. */
  async function exportShown(): Promise<boolean> {
    const current = shown.value;
    if (current === null || current === 'live') {
      return false;
    }
    const { callId } = current.recording;
    return (await run(async () => bridge.recordingExport({ callId }))) ?? false;
  }

  async function removeShown(): Promise<void> {
    const current = shown.value;
    if (current === null || current === 'live') {
      return;
    }
    const { callId } = current.recording;
    const removed = await run(async () => bridge.recordingRemove({ callId }));
    if (removed !== undefined) {
      recorded.value = new Set([...recorded.value].filter((id) => id !== callId));
      if (last.value?.recording.callId === callId) {
        last.value = null;
      }
      shown.value = null;
    }
  }

  return {
    live,
    liveSamples,
    shown,
    problem,
    busy,
    /** The own picture is not sent while the network is this bad, although the camera is on. */
    held: computed(() => live.value?.held === true),
    /** The person has switched off what was held back; the next reading would say so only in a second. */
    letGo: () => {
      if (live.value !== null) {
        live.value = { ...live.value, held: false };
      }
    },
    has: (callId: CallId): boolean => recorded.value.has(callId),
    /** What a call that has just ended suffered from; undefined: nothing is known of it. */
    verdictOf: (callId: CallId): Verdict | undefined =>
      last.value?.recording.callId === callId ? last.value.verdict : undefined,
    figureQuality,
    load,
    open,
    openLive: () => {
      shown.value = 'live';
    },
    openFile,
    exportShown,
    removeShown,
    close: () => {
      shown.value = null;
      problem.value = null;
    },
  };
});
