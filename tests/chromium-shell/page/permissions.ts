/** Asks the main process something; the answer is JSON. */
export type PageCall = (kind: string, data?: unknown) => Promise<unknown>;

/**
 * Lets the app's permission handlers decide where Chromium itself would have asked the user. Runs in the
 * page, so it may refer to nothing outside of itself.
 */
export function installPermissions(call: PageCall): void {
  const request = async (permission: string, mediaTypes?: readonly string[]): Promise<boolean> =>
    (await call('permission.request', { permission, mediaTypes })) === true;
  const check = async (permission: string, mediaType?: string): Promise<boolean> =>
    (await call('permission.check', { permission, mediaType })) === true;
  const denied = (): DOMException => new DOMException('Permission denied', 'NotAllowedError');

  // A failure injected by a test before this script sits on the instance; keep wrapping what is in force.
  const wrap = <T extends object>(
    target: T,
    prototype: T,
    name: keyof T & string,
    make: (original: never) => unknown,
  ): void => {
    const owner = Object.hasOwn(target, name) ? target : prototype;
    const original = Reflect.get(owner, name) as unknown;
    Object.defineProperty(owner, name, {
      value: make(original as never),
      configurable: true,
      writable: true,
    });
  };

  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices !== undefined) {
    wrap(devices, MediaDevices.prototype, 'getUserMedia', (original: MediaDevices['getUserMedia']) => {
      return async function (this: MediaDevices, constraints?: MediaStreamConstraints): Promise<MediaStream> {
        const wants = (value: unknown): boolean => value !== undefined && value !== false;
        const mediaTypes = [
          ...(wants(constraints?.video) ? ['video'] : []),
          ...(wants(constraints?.audio) ? ['audio'] : []),
        ];
        if (mediaTypes.length > 0 && !(await request('media', mediaTypes))) {
          throw denied();
        }
        return original.call(this, constraints);
      };
    });
    wrap(devices, MediaDevices.prototype, 'getDisplayMedia', (original: MediaDevices['getDisplayMedia']) => {
      return async function (
        this: MediaDevices,
        constraints?: DisplayMediaStreamOptions,
      ): Promise<MediaStream> {
        const mediaTypes = ['video', ...(constraints?.audio ? ['audio'] : [])];
        if (!(await request('display-capture', mediaTypes))) {
          throw denied();
        }
        const verdict = await call('display', { audio: Boolean(constraints?.audio) });
        if (verdict === 'unsupported') {
          throw new DOMException('Not supported', 'NotSupportedError');
        }
        if (verdict !== 'granted') {
          throw denied();
        }
        return original.call(this, constraints);
      };
    });
    wrap(
      devices,
      MediaDevices.prototype,
      'enumerateDevices',
      (original: MediaDevices['enumerateDevices']) => {
        return async function (this: MediaDevices): Promise<MediaDeviceInfo[]> {
          const [list, video, audio] = await Promise.all([
            original.call(this),
            check('media', 'video'),
            check('media', 'audio'),
          ]);
          return list.map((device) => {
            const known = device.kind === 'videoinput' ? video : audio;
            const { kind } = device;
            return known ? device : { deviceId: '', groupId: '', kind, label: '', toJSON: () => ({ kind }) };
          });
        };
      },
    );
  }

  wrap(
    HTMLMediaElement.prototype,
    HTMLMediaElement.prototype,
    'setSinkId',
    (original: HTMLMediaElement['setSinkId']) => {
      return async function (this: HTMLMediaElement, sinkId: string): Promise<void> {
        if (sinkId !== '' && !(await check('media', 'audio')) && !(await check('speaker-selection'))) {
          throw denied();
        }
        return original.call(this, sinkId);
      };
    },
  );

  let notifications: NotificationPermission = 'default';
  Object.defineProperty(Notification, 'permission', { get: () => notifications, configurable: true });
  Notification.requestPermission = async () => {
    notifications = (await request('notifications')) ? 'granted' : 'denied';
    return notifications;
  };

  const refuse = (failed?: PositionErrorCallback | null): void => {
    const codes = { PERMISSION_DENIED: 1, POSITION_UNAVAILABLE: 2, TIMEOUT: 3 } as const;
    failed?.({ code: 1, message: 'User denied Geolocation', ...codes });
  };
  const original = <T extends object, K extends keyof T>(prototype: T, name: K): T[K] => prototype[name];
  const locate = original(Geolocation.prototype, 'getCurrentPosition');
  Geolocation.prototype.getCurrentPosition = function (found, failed, options) {
    void request('geolocation').then((granted) =>
      granted ? locate.call(this, found, failed, options) : refuse(failed),
    );
  };
  const follow = original(Geolocation.prototype, 'watchPosition');
  Geolocation.prototype.watchPosition = function (found, failed, options) {
    void request('geolocation').then((granted) =>
      granted ? follow.call(this, found, failed, options) : refuse(failed),
    );
    return 0;
  };

  const query = original(Permissions.prototype, 'query');
  Permissions.prototype.query = async function (descriptor) {
    const status = await query.call(this, descriptor);
    const mediaType = { camera: 'video', microphone: 'audio' }[descriptor.name as string];
    const granted = await (mediaType === undefined ? check(descriptor.name) : check('media', mediaType));
    if (!granted) {
      Object.defineProperty(status, 'state', { value: 'denied' });
    }
    return status;
  };

  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard !== undefined) {
    Clipboard.prototype.writeText = async (text) => {
      if (!(await request('clipboard-sanitized-write'))) {
        throw new DOMException('Write permission denied.', 'NotAllowedError');
      }
      await call('clipboard.write', { text });
    };
    Clipboard.prototype.readText = async () => {
      if (!(await request('clipboard-read'))) {
        throw new DOMException('Read permission denied.', 'NotAllowedError');
      }
      return String(await call('clipboard.read'));
    };
  }
}
