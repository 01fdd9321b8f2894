import type { DeviceBody } from '#shared/call/deviceMessages.ts';
import type { CallBody } from '#shared/call/messages.ts';
import type { Clock } from '#shared/clock.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { IpcEvents } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import type { BlockChange } from '#shared/people/blocks.ts';
import type { CallMark, CallRecord } from '#shared/people/history.ts';
import type { OwnDevice } from '#shared/people/ownDevices.ts';
import { assertNever, fail, ok, type Result } from '#shared/result.ts';
import { SessionTask } from '../signaling/SessionTask.ts';
import type { SignalingClient } from '../signaling/SignalingClient.ts';
import type { SignalingRequests } from '../signaling/SignalingRequests.ts';
import type { BlocksSync } from './BlocksSync.ts';
import type { DeviceCourier, DeviceMessage } from './DeviceCourier.ts';
import { OwnDeviceList } from './OwnDeviceList.ts';
import type { OwnDeviceTable } from './OwnDeviceTable.ts';
import type { RecordsSync } from './RecordsSync.ts';

interface OwnDevicesEvents {
  readonly changed: readonly OwnDevice[];
  /** Another device answered or declined a call that may ring here too. */
  readonly taken: IpcEvents['callTaken'];
}

/** The computers of the person: who they are, which are connected, and what they tell each other. */
export class OwnDevices {
  readonly #self: DeviceId;
  readonly #platform: string;
  readonly #name: () => string;
  readonly #rename: (name: string) => Promise<Result<unknown>>;
  readonly #requests: Pick<SignalingRequests, 'devices' | 'endDevice'>;
  readonly #courier: Pick<DeviceCourier, 'send'>;
  readonly #table: Pick<OwnDeviceTable, 'all' | 'get' | 'keep'>;
  readonly #list: OwnDeviceList;
  readonly #records: RecordsSync;
  readonly #blocks: BlocksSync;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #logger: Logger;
  readonly #events: Emitter<OwnDevicesEvents>;
  readonly #greeting: SessionTask;
  readonly #unsubscribe: readonly Unsubscribe[];
  #lastName: string;

  constructor(options: {
    readonly self: DeviceId;
    /** `process.platform`. */
    readonly platform: string;
    /** How this computer is called now. */
    readonly name: () => string;
    /** Gives this computer another name; `nameChanged` follows. */
    readonly rename: (name: string) => Promise<Result<unknown>>;
    readonly client: Pick<SignalingClient, 'on'>;
    readonly requests: Pick<SignalingRequests, 'devices' | 'endDevice'>;
    readonly courier: Pick<DeviceCourier, 'send' | 'onMessage'>;
    readonly table: Pick<OwnDeviceTable, 'all' | 'get' | 'keep'>;
    readonly records: RecordsSync;
    readonly blocks: BlocksSync;
    readonly clock: Pick<Clock, 'now' | 'after'>;
    readonly logger: Logger;
  }) {
    this.#self = options.self;
    this.#platform = options.platform;
    this.#name = options.name;
    this.#rename = options.rename;
    this.#requests = options.requests;
    this.#courier = options.courier;
    this.#table = options.table;
    this.#records = options.records;
    this.#blocks = options.blocks;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#lastName = options.name();
    this.#events = new Emitter((error) => this.#logger.error('listener failed', { error }));
    this.#list = new OwnDeviceList({
      self: { deviceId: this.#self, platform: this.#platform, name: this.#name },
      table: this.#table,
      now: () => this.#clock.now(),
      onChanged: (devices) => this.#events.emit('changed', devices),
    });
    this.#greeting = new SessionTask({
      client: options.client,
      onSession: () => undefined,
      tell: async () => this.#greet(),
      clock: this.#clock,
      logger: this.#logger,
    });
    this.#unsubscribe = [
      options.courier.onMessage((message) => this.#receive(message)),
      options.client.on('state', ({ phase }) => this.#list.setOnline(phase === 'online')),
    ];
  }

  on<K extends keyof OwnDevicesEvents>(
    event: K,
    listener: (payload: OwnDevicesEvents[K]) => void,
  ): Unsubscribe {
    return this.#events.on(event, listener);
  }

  close(): void {
    this.#greeting.close();
    this.#unsubscribe.forEach((off) => off());
    this.#events.clear();
  }

  /** Every device that is known, with what the server says about them now. */
  async list(): Promise<readonly OwnDevice[]> {
    await this.#refresh();
    return this.#list.devices;
  }

  /** Gives a device a name. One that is away takes it when it is back. */
  async rename(device: DeviceId, name: string): Promise<Result<null>> {
    if (device === this.#self) {
      const renamed = await this.#rename(name);
      return renamed.ok ? ok(null) : renamed;
    }
    const row = this.#table.get(device);
    if (row === undefined && !this.#list.isConnected(device)) {
      return fail('IPC_BAD_ARGUMENTS', 'no device of this identity');
    }
    this.#table.keep({
      platform: '',
      lastSeen: this.#clock.now(),
      ...row,
      deviceId: device,
      name,
      renameDue: true,
      signedOut: row?.signedOut ?? false,
    });
    this.#list.show();
    const sent = await this.#courier.send({ type: 'rename', device, name });
    if (!sent.ok) {
      this.#logger.info('rename waits', { code: sent.error.code });
    }
    return ok(null);
  }

  /** Ends the sessions of another device; the server does not let it in again. */
  async signOut(device: DeviceId): Promise<Result<null>> {
    if (device === this.#self) {
      return fail('IPC_BAD_ARGUMENTS', 'a device does not sign itself out');
    }
    const ended = await this.#requests.endDevice(device);
    if (!ended.ok) {
      return ended;
    }
    const row = this.#table.get(device);
    if (row !== undefined) {
      this.#table.keep({ ...row, signedOut: true });
    }
    this.#list.left(device);
    return ok(null);
  }

  /** Tells the other devices when a call message means that this one took the call, or put it off. */
  tookCall({ callId, body }: { readonly callId: CallId; readonly body: CallBody }): void {
    const how =
      body.type === 'accept'
        ? 'answered'
        : body.type === 'decline' && body.reason === 'user'
          ? 'declined'
          : undefined;
    if (how !== undefined) {
      this.#inBackground(this.#courier.send({ type: 'taken', callId, how }));
    }
  }

  /** A call of this device is over: the others are told at once. */
  recorded(record: CallRecord): void {
    this.#inBackground(this.#records.tell(record));
  }

  /** The person looked at missed calls on this device. */
  looked(calls: readonly CallMark[]): void {
    this.#inBackground(this.#records.tellSeen(calls));
  }

  /** The person blocked somebody on this device, or let them in again. */
  blocked(change: BlockChange): void {
    this.#inBackground(this.#blocks.tell(change));
  }

  /** The person may have given this computer another name. */
  nameChanged(): void {
    if (this.#name() === this.#lastName) {
      return;
    }
    this.#lastName = this.#name();
    this.#list.show();
    if (this.#list.online) {
      this.#inBackground(this.#courier.send(this.#about(false)));
    }
  }

  #about(answer: boolean): DeviceBody {
    const { until: recordsUntil, unseen } = this.#records;
    return {
      type: 'about',
      name: this.#name(),
      platform: this.#platform,
      answer,
      recordsUntil,
      unseen: [...unseen],
    };
  }

  async #greet(): Promise<Result<unknown>> {
    await this.#refresh();
    return this.#courier.send(this.#about(true));
  }

  #receive({ from, body }: DeviceMessage): void {
    switch (body.type) {
      case 'about':
        this.#heardAbout(from, body);
        return;
      case 'rename':
        this.#heardName(body.device, body.name);
        return;
      case 'taken':
        this.#events.emit('taken', { callId: body.callId, device: from, how: body.how });
        return;
      case 'records':
      case 'seen':
        this.#records.receive(body);
        return;
      case 'blocks':
        this.#blocks.receive(body);
        return;
      default:
        assertNever(body);
    }
  }

  #heardAbout(from: DeviceId, about: Extract<DeviceBody, { type: 'about' }>): void {
    const row = this.#table.get(from);
    const renameDue = row?.renameDue === true && row.name !== about.name;
    this.#table.keep({
      deviceId: from,
      name: renameDue ? row.name : about.name,
      platform: about.platform,
      lastSeen: this.#clock.now(),
      renameDue,
      signedOut: false,
    });
    this.#list.met(from);
    if (renameDue) {
      this.#inBackground(this.#courier.send({ type: 'rename', device: from, name: row.name }, from));
    }
    if (about.answer) {
      this.#inBackground(this.#courier.send(this.#about(false), from));
    }
    this.#inBackground(this.#blocks.answer(from));
    this.#inBackground(this.#records.answer(from, about));
  }

  #heardName(device: DeviceId, name: string): void {
    if (device === this.#self) {
      this.#inBackground(this.#rename(name));
      return;
    }
    const row = this.#table.get(device);
    if (row !== undefined) {
      this.#table.keep({ ...row, name, renameDue: false });
      this.#list.show();
    }
  }

  async #refresh(): Promise<void> {
    const devices = await this.#requests.devices();
    if (!devices.ok) {
      return;
    }
    this.#list.connected(devices.value);
  }

  #inBackground(task: Promise<unknown>): void {
    task.catch((error: unknown) => this.#logger.error('own devices failed', { error }));
  }
}
