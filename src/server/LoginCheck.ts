import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import type { CloseReason } from '#shared/protocol/closeCodes.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { AddressRate } from './AddressRate.ts';
import { acceptsAudience } from './audiences.ts';
import { keyOwner, verifyLogin, type KeyOwner } from './auth.ts';
import { addressKey } from './clientAddress.ts';
import type { LoginAttempt } from './Connection.ts';
import type { ServerLimits } from './limits.ts';

/** Finds out whether a login is what it says: no flood, meant for this server, and signed with its key. */
export class LoginCheck {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #audience: { readonly names: readonly string[]; readonly hostname: string };
  readonly #rate: AddressRate;
  #port = 0;

  constructor(options: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly limits: Pick<ServerLimits, 'loginsPerSecond' | 'loginBurst'>;
    readonly audience: { readonly names: readonly string[]; readonly hostname: string };
  }) {
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#audience = options.audience;
    const { loginsPerSecond: perSecond, loginBurst: capacity } = options.limits;
    this.#rate = new AddressRate({ perSecond, capacity });
  }

  /** The port that clients dial; known once the server listens. */
  listening(port: number): void {
    this.#port = port;
  }

  /** Cheapest question first: a flood is refused before it costs a signature. */
  async check({ hello, auth, nonce, origin }: LoginAttempt): Promise<Result<KeyOwner, CloseReason>> {
    const { address: clientAddress, localAddress } = origin;
    if (!this.#rate.allows(addressKey(clientAddress), this.#clock.monotonic())) {
      return err('tooManyConnections');
    }
    const { signature, audience } = auth;
    if (!acceptsAudience(audience, { ...this.#audience, port: this.#port, localAddress, clientAddress })) {
      this.#log.debug('audience refused', { audience });
      return err('audienceRefused');
    }
    const owner = keyOwner(hello.publicKey);
    const { deviceId } = hello;
    const { publicKey } = owner;
    return (await verifyLogin({ publicKey, signature, nonce, audience, deviceId }))
      ? ok(owner)
      : err('authFailed');
  }

  /** Forgets the addresses that have not logged in for a while. */
  sweep(now: number): void {
    this.#rate.prune(now);
  }
}
