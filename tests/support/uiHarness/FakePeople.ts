import type { Emitter } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CommandArgs, CommandValue, IpcEvents } from '#shared/ipc/contract.ts';
import type { Contact } from '#shared/people/contacts.ts';
import { isMissed, type HistoryEntry } from '#shared/people/history.ts';
import type { OwnDevice } from '#shared/people/ownDevices.ts';
import type { PresenceState } from '#shared/protocol/messages.ts';

/** What there is before the interface starts. */
export interface PeopleFacts {
  /** Newest first. */
  readonly history?: readonly HistoryEntry[];
  readonly contacts?: readonly Contact[];
  readonly blocked?: readonly PeerId[];
  readonly presence?: Readonly<Record<PeerId, PresenceState>>;
  readonly ownDevices?: readonly OwnDevice[];
}

/** History, blocked ids, presence and own devices as main keeps them, in memory. */
export class FakePeople {
  readonly #events: Emitter<IpcEvents>;
  readonly presence: Readonly<Record<PeerId, PresenceState>>;
  history: readonly HistoryEntry[];
  blocked: readonly PeerId[];
  ownDevices: readonly OwnDevice[];

  constructor(facts: PeopleFacts, events: Emitter<IpcEvents>) {
    this.#events = events;
    this.history = facts.history ?? [];
    this.blocked = facts.blocked ?? [];
    this.presence = facts.presence ?? {};
    this.ownDevices = facts.ownDevices ?? [];
  }

  get unseen(): number {
    return this.history.filter(({ unseen }) => unseen).length;
  }

  range({ filter, peer, offset, limit }: CommandArgs<'historyRange'>): CommandValue<'historyRange'> {
    const rows = this.history.filter(
      (entry) => (filter === 'all' || isMissed(entry)) && (peer === undefined || entry.peer === peer),
    );
    return { total: rows.length, entries: rows.slice(offset, offset + limit) };
  }

  record({ call }: CommandArgs<'historyRecord'>): void {
    const row = Math.max(0, ...this.history.map((entry) => entry.row)) + 1;
    const entry = { ...call, row, count: 1, unseen: false, deviceName: null };
    const rest = this.history.filter(({ callId }) => callId !== call.callId);
    this.change([{ ...entry, unseen: isMissed(entry) }, ...rest]);
  }

  seen({ peer }: CommandArgs<'historySeen'>): void {
    this.change(
      this.history.map((entry) =>
        peer === undefined || entry.peer === peer ? { ...entry, unseen: false } : entry,
      ),
    );
  }

  remove(what: CommandArgs<'historyRemove'>): CommandValue<'historyRemove'> {
    const goes = (entry: HistoryEntry): boolean => {
      switch (what.what) {
        case 'rows':
          return what.rows.includes(entry.row);
        case 'peer':
          return entry.peer === what.peer;
        case 'before':
          return entry.at < what.at;
        case 'all':
          return true;
      }
    };
    const kept = this.history.filter((entry) => !goes(entry));
    const removed = this.history.length - kept.length;
    this.change(kept);
    return { removed };
  }

  /** Another history, as after calls on another device. */
  change(history: readonly HistoryEntry[]): void {
    this.history = history;
    this.#events.emit('historyChanged', { unseen: this.unseen });
  }

  block({ id, blocked }: CommandArgs<'blockedSet'>): void {
    this.blocked = [...this.blocked.filter((other) => other !== id), ...(blocked ? [id] : [])];
    this.#events.emit('blockedChanged', this.blocked);
  }

  rename({ device, name }: CommandArgs<'ownDeviceRename'>): void {
    this.#changeDevices(this.ownDevices.map((own) => (own.deviceId === device ? { ...own, name } : own)));
  }

  signOut({ device }: CommandArgs<'ownDeviceSignOut'>): void {
    this.#changeDevices(this.ownDevices.filter(({ deviceId }) => deviceId !== device));
  }

  #changeDevices(devices: readonly OwnDevice[]): void {
    this.ownDevices = devices;
    this.#events.emit('ownDevicesChanged', devices);
  }
}
