import { Emitter } from '#shared/emitter.ts';
import type { CallRecording } from '#shared/call/recording.ts';
import type { AppInfo, CommandArgs, CommandValue, IpcEvents } from '#shared/ipc/contract.ts';
import type { CommandName } from '#shared/ipc/channels.ts';
import type { DesktopBridge } from '#shared/ipc/types.ts';
import { hasRelay } from '#shared/iceUrls.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { applySettingsPatch, type IceServer, type Settings } from '#shared/settings.ts';
import { isSignedOut } from '#shared/signalingState.ts';
import { FakeContacts } from './FakeContacts.ts';
import { restoredId, samplePhrase } from './identityScenes.ts';
import { FakePeople, type PeopleFacts } from './FakePeople.ts';
import { FakeRecordings } from './FakeRecordings.ts';

/** What was asked of the bridge, in order. */
export interface Asked {
  readonly command: CommandName;
  readonly args: unknown;
}

/** Main as the interface sees it, in memory: keeps settings, notes every command. */
export class FakeBridge {
  readonly asked: Asked[] = [];
  readonly events: Emitter<IpcEvents>;
  readonly bridge: DesktopBridge;
  readonly people: FakePeople;
  readonly contacts: FakeContacts;
  #settings: Settings;
  readonly #never: Set<CommandName>;
  readonly #refuse: ReadonlySet<CommandName>;

  constructor(options: {
    readonly info: AppInfo;
    readonly incoming?: CommandValue<'incomingGet'>;
    readonly people?: PeopleFacts;
    /** Relays of the signaling server. */
    readonly relays?: readonly IceServer[];
    /** How calls went on the network; the first is what a file has that is opened. */
    readonly recordings?: readonly CallRecording[];
    /** Commands that are never answered. */
    readonly never?: readonly CommandName[];
    /** Commands that fail. */
    readonly refuse?: readonly CommandName[];
  }) {
    const { info, incoming = null } = options;
    this.#settings = info.settings;
    this.#never = new Set(options.never ?? []);
    this.#refuse = new Set(options.refuse ?? []);
    this.events = new Emitter((error) => {
      throw error;
    });
    const people = new FakePeople(options.people ?? {}, this.events);
    this.people = people;
    const contacts = new FakeContacts(options.people?.contacts ?? [], this.events);
    this.contacts = contacts;
    const recordings = new FakeRecordings(options.recordings ?? []);
    const on =
      <K extends keyof IpcEvents>(event: K) =>
      (listener: (payload: IpcEvents[K]) => void) =>
        this.events.on(event, listener);
    const nothing = (command: CommandName) => async (args: unknown) => this.#answer(command, args, null);
    /** Does what main would do before it answers, unless the command is refused. */
    const does =
      <K extends CommandName>(command: K, act: (args: CommandArgs<K>) => Result<CommandValue<K>>) =>
      async (args: CommandArgs<K>): Promise<Result<CommandValue<K>>> => {
        if (this.#refuse.has(command)) {
          this.asked.push({ command, args });
          return fail('APP_INTERNAL', 'refused by the test');
        }
        const result = act(args);
        return result.ok ? this.#answer(command, args, result.value) : result;
      };
    const done =
      <Args>(act: (args: Args) => void) =>
      (args: Args): Result<null> => {
        act(args);
        return ok(null);
      };
    this.bridge = {
      appReady: async (args) => this.#answer('appReady', args, info),
      copyText: nothing('copyText'),
      settingsGet: async (args) => this.#answer('settingsGet', args, this.#settings),
      settingsUpdate: async (args) => {
        this.#settings = applySettingsPatch(this.#settings, args);
        return this.#answer('settingsUpdate', args, this.#settings);
      },
      signalingRetry: nothing('signalingRetry'),
      callSend: async (args) => this.#answer('callSend', args, { devices: [], stored: false }),
      callActive: nothing('callActive'),
      callNotice: async (args) => this.#answer('callNotice', args, true),
      iceServers: async (args) => this.#answer('iceServers', args, this.#iceServers(options.relays ?? [])),
      contactsList: async (args) => this.#answer('contactsList', args, contacts.list()),
      contactSave: does('contactSave', (args) => contacts.save(args)),
      contactRemove: does(
        'contactRemove',
        done((args: CommandArgs<'contactRemove'>) => contacts.remove(args.id)),
      ),
      contactRestore: does('contactRestore', (args) => contacts.restore(args.id)),
      contactPicture: async (args) => this.#answer('contactPicture', args, contacts.picture(args.id)),
      contactsImport: does('contactsImport', (args) => ok(contacts.import(args))),
      blockedList: async (args) => this.#answer('blockedList', args, people.blocked),
      blockedSet: does(
        'blockedSet',
        done((args: CommandArgs<'blockedSet'>) => people.block(args)),
      ),
      presenceList: async (args) => this.#answer('presenceList', args, people.presence),
      historyRange: async (args) => this.#answer('historyRange', args, people.range(args)),
      historyRecord: does(
        'historyRecord',
        done((args: CommandArgs<'historyRecord'>) => people.record(args)),
      ),
      historySeen: does(
        'historySeen',
        done((args: CommandArgs<'historySeen'>) => people.seen(args)),
      ),
      historyRemove: async (args) =>
        this.#answer(
          'historyRemove',
          args,
          this.#refuse.has('historyRemove') ? { removed: 0 } : people.remove(args),
        ),
      recordingSave: does(
        'recordingSave',
        done((args: CommandArgs<'recordingSave'>) => recordings.save(args)),
      ),
      recordingsList: async (args) => this.#answer('recordingsList', args, recordings.list()),
      recordingGet: does('recordingGet', (args) => recordings.get(args)),
      recordingRemove: does(
        'recordingRemove',
        done((args: CommandArgs<'recordingRemove'>) => recordings.remove(args)),
      ),
      recordingExport: async (args) => this.#answer('recordingExport', args, true),
      recordingImport: async (args) => this.#answer('recordingImport', args, recordings.file),
      ownDevicesList: async (args) => this.#answer('ownDevicesList', args, people.ownDevices),
      ownDeviceRename: does(
        'ownDeviceRename',
        done((args: CommandArgs<'ownDeviceRename'>) => people.rename(args)),
      ),
      ownDeviceSignOut: does(
        'ownDeviceSignOut',
        done((args: CommandArgs<'ownDeviceSignOut'>) => people.signOut(args)),
      ),
      identityPhrase: async (args) => this.#answer('identityPhrase', args, samplePhrase),
      identityBackup: async (args) => this.#answer('identityBackup', args, true),
      identityInspect: async (args) =>
        this.#answer(
          'identityInspect',
          args,
          args.from === 'phrase'
            ? { id: info.id, contacts: 0, restarts: isSignedOut(info.signaling) }
            : { id: restoredId, contacts: 12, restarts: true },
        ),
      identityRestore: async (args) => this.#answer('identityRestore', args, true),
      mediaAccess: async (args) => this.#answer('mediaAccess', args, 'granted'),
      openMediaSettings: async (args) => this.#answer('openMediaSettings', args, false),
      incomingShow: nothing('incomingShow'),
      incomingGet: async (args) => this.#answer('incomingGet', args, incoming),
      incomingRespond: nothing('incomingRespond'),
      logWrite: nothing('logWrite'),
      onSignalingState: on('signalingState'),
      onOwnServerState: on('ownServerState'),
      onCallMessage: on('callMessage'),
      onSettingsChanged: on('settingsChanged'),
      onCallTaken: on('callTaken'),
      onNetworkChanged: on('networkChanged'),
      onContactsChanged: on('contactsChanged'),
      onBlockedChanged: on('blockedChanged'),
      onPresenceChanged: on('presenceChanged'),
      onHistoryChanged: on('historyChanged'),
      onOwnDevicesChanged: on('ownDevicesChanged'),
      onLinkOpened: on('linkOpened'),
      onIncomingAction: on('incomingAction'),
      onIncomingChanged: on('incomingChanged'),
      onNotice: on('notice'),
    };
  }

  /** Is not answered from now on. */
  hold(command: CommandName): void {
    this.#never.add(command);
  }

  /** The arguments of every call of one command. */
  argsOf(command: CommandName): readonly unknown[] {
    return this.asked.filter((asked) => asked.command === command).map(({ args }) => args);
  }

  #iceServers(relays: readonly IceServer[]): CommandValue<'iceServers'> {
    const servers = [...this.#settings.iceServers, ...relays];
    return { servers, expiresAt: null, relays: servers.filter(hasRelay).length };
  }

  async #answer<T>(command: CommandName, args: unknown, value: T): Promise<Result<T>> {
    this.asked.push({ command, args });
    if (this.#never.has(command)) {
      await new Promise<never>(() => undefined);
    }
    return this.#refuse.has(command) ? fail('APP_INTERNAL', 'refused by the test') : ok(value);
  }
}
