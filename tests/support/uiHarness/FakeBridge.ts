import { Emitter } from '#shared/emitter.ts';
import type { AppInfo, CommandValue, IpcEvents } from '#shared/ipc/contract.ts';
import type { CommandName } from '#shared/ipc/channels.ts';
import type { DesktopBridge } from '#shared/ipc/types.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { applySettingsPatch, type Settings } from '#shared/settings.ts';

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
  #settings: Settings;
  readonly #never: ReadonlySet<CommandName>;
  readonly #refuse: ReadonlySet<CommandName>;

  constructor(options: {
    readonly info: AppInfo;
    readonly incoming?: CommandValue<'incomingGet'>;
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
    const on =
      <K extends keyof IpcEvents>(event: K) =>
      (listener: (payload: IpcEvents[K]) => void) =>
        this.events.on(event, listener);
    const nothing = (command: CommandName) => async (args: unknown) => this.#answer(command, args, null);
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
      contactsList: async (args) => this.#answer('contactsList', args, []),
      contactSave: async (args) => this.#answer('contactSave', args, { ...args, picture: null, addedAt: 0 }),
      contactRemove: nothing('contactRemove'),
      contactRestore: async (args) => {
        this.asked.push({ command: 'contactRestore', args });
        return Promise.resolve(fail('CONTACT_UNKNOWN', 'not there'));
      },
      contactPicture: async (args) => this.#answer('contactPicture', args, null),
      contactsImport: async (args) =>
        this.#answer('contactsImport', args, { added: args.contacts.length, changed: 0 }),
      blockedList: async (args) => this.#answer('blockedList', args, []),
      blockedSet: nothing('blockedSet'),
      presenceList: async (args) => this.#answer('presenceList', args, {}),
      historyRange: async (args) => this.#answer('historyRange', args, { total: 0, entries: [] }),
      historyRecord: nothing('historyRecord'),
      historySeen: nothing('historySeen'),
      historyRemove: async (args) => this.#answer('historyRemove', args, { removed: 0 }),
      ownDevicesList: async (args) => this.#answer('ownDevicesList', args, []),
      ownDeviceRename: nothing('ownDeviceRename'),
      ownDeviceSignOut: nothing('ownDeviceSignOut'),
      identityPhrase: async (args) => this.#answer('identityPhrase', args, null),
      identityBackup: async (args) => this.#answer('identityBackup', args, false),
      identityInspect: async (args) => this.#answer('identityInspect', args, { id: info.id, contacts: 0 }),
      identityRestore: nothing('identityRestore'),
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

  /** The arguments of every call of one command. */
  argsOf(command: CommandName): readonly unknown[] {
    return this.asked.filter((asked) => asked.command === command).map(({ args }) => args);
  }

  async #answer<T>(command: CommandName, args: unknown, value: T): Promise<Result<T>> {
    this.asked.push({ command, args });
    if (this.#never.has(command)) {
      await new Promise<never>(() => undefined);
    }
    return this.#refuse.has(command) ? fail('APP_INTERNAL', 'refused by the test') : ok(value);
  }
}
